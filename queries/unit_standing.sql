-- Điểm, hạng và độ phủ số liệu của một đơn vị theo từng nhóm chỉ tiêu, so với kỳ so sánh.
-- returns: group_code, group_name, value, status, coverage, place, ranked_units, before, before_place, change, measure
SELECT now_row.group_code,
    CASE now_row.group_code WHEN 'all' THEN 'Điểm tổng hợp' WHEN 'service' THEN 'Giải quyết thủ tục'
        WHEN 'reform' THEN 'Cải cách hành chính' ELSE 'Chuyển đổi số' END AS group_name,
    now_row.score AS value, now_row.status, now_row.coverage, now_row.place, now_row.ranked_units,
    then_row.score AS before, then_row.place AS before_place, now_row.score - then_row.score AS change,
    'điểm' AS measure
FROM unit_score AS now_row
LEFT JOIN unit_score AS then_row ON then_row.unit_code = now_row.unit_code AND then_row.calendar = now_row.calendar
    AND then_row.group_code = now_row.group_code AND then_row.period_code = $before AND then_row.cut = $before_cut
WHERE now_row.calendar = $calendar AND now_row.period_code = $period AND now_row.cut = 'full'
    AND now_row.unit_code = $unit
ORDER BY CASE now_row.group_code WHEN 'all' THEN 0 WHEN 'service' THEN 1 WHEN 'reform' THEN 2 ELSE 3 END
