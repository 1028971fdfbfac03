-- Điểm, hạng và độ phủ số liệu của một đơn vị theo từng nhóm chỉ tiêu, so với kỳ so sánh.
-- returns: group_code, group_name, value, status, coverage, place, low, high, ranked_units, before, before_place, change, measure
SELECT now_row.group_code,
    CASE now_row.group_code WHEN 'all' THEN 'Điểm tổng hợp' WHEN 'service' THEN 'Giải quyết thủ tục'
        WHEN 'reform' THEN 'Cải cách hành chính' ELSE 'Chuyển đổi số' END AS group_name,
    now_row.score AS value, now_row.status, now_row.coverage, now_row.place, low, high, now_row.ranked_units,
    before, before_place, change, 'điểm' AS measure
FROM unit_score_compared($calendar, $period, $before, $before_cut) AS now_row
-- Ranges cost a thousand repetitions: of the total only.
LEFT JOIN rank_span_in($calendar, $period, peer_scope($unit), 'all') AS ranged ON group_code = 'all' AND ranged.unit_code = now_row.unit_code
WHERE now_row.unit_code = $unit
ORDER BY CASE now_row.group_code WHEN 'all' THEN 0 WHEN 'service' THEN 1 WHEN 'reform' THEN 2 ELSE 3 END
