-- Điểm mô phỏng của một đơn vị theo từng nhóm của bộ chỉ số, và tổng: điểm, điểm tối đa, độ phủ, thay đổi, xếp loại.
-- returns: criterion_code, name, value, points, known_maximum, maximum, lost, coverage, status, class_name, before, change, place, ranked_units, rank, low_volume, target, measure
SELECT now_row.criterion_code, coalesce(criterion.short_name, 'Tổng điểm') AS name,
    now_row.score AS value,
    now_row.points, now_row.known_maximum, now_row.maximum,
    now_row.known_maximum - now_row.points AS lost, now_row.coverage, class_status($index, now_row.score) AS status,
    class_name($index, now_row.score) AS class_name, then_row.score AS before,
    now_row.score - then_row.score AS change, now_row.place, now_row.ranked_units,
    row_number() OVER (
        ORDER BY now_row.criterion_code = 'total' DESC, now_row.known_maximum - now_row.points DESC NULLS LAST, criterion.sort
    ) - 1 AS rank,
    false AS low_volume, band_minimum($index, 'good') AS target, 'điểm' AS measure
FROM simulated_score AS now_row
LEFT JOIN criterion ON criterion.index_code = now_row.index_code AND criterion.criterion_code = now_row.criterion_code
LEFT JOIN simulated_score AS then_row ON then_row.unit_code = now_row.unit_code AND then_row.calendar = now_row.calendar
    AND then_row.index_code = now_row.index_code AND then_row.criterion_code = now_row.criterion_code
    AND then_row.period_code = $before AND then_row.cut = $before_cut
WHERE now_row.calendar = $calendar AND now_row.period_code = $period AND now_row.cut = 'full'
    AND now_row.unit_code = $unit AND now_row.index_code = $index
ORDER BY rank
