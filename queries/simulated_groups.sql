-- Điểm ước tính của một đơn vị theo từng nhóm của bộ chỉ số, và tổng: điểm, điểm tối đa, độ phủ, thay đổi, xếp loại.
-- returns: criterion_code, name, value, points, known_maximum, maximum, points_lost, coverage, status, class_name, before, change, place, ranked_units, rank, low_volume, target, measure
SELECT now_row.criterion_code, coalesce(criterion.short_name, 'Tổng điểm ước tính') AS name,
    now_row.score AS value,
    now_row.points, now_row.known_maximum, now_row.maximum,
    now_row.known_maximum - now_row.points AS points_lost, now_row.coverage, standing_status($index, now_row.score, now_row.coverage) AS status,
    class_name($index, now_row.score) AS class_name, before, change, now_row.place, now_row.ranked_units,
    -- Numbered among the groups that have a score.
    CASE WHEN now_row.score IS NOT NULL OR now_row.criterion_code = 'total' THEN row_number() OVER (
        PARTITION BY now_row.score IS NOT NULL OR now_row.criterion_code = 'total'
        ORDER BY now_row.criterion_code = 'total' DESC, now_row.known_maximum - now_row.points DESC NULLS LAST, criterion.sort
    ) - 1 END AS rank,
    false AS low_volume, band_minimum($index, 'good') AS target, 'điểm' AS measure
FROM simulated_score_compared($calendar, $period, $before, $before_cut) AS now_row
LEFT JOIN criterion ON criterion.index_code = now_row.index_code AND criterion.criterion_code = now_row.criterion_code
WHERE now_row.unit_code = $unit AND now_row.index_code = $index
ORDER BY now_row.criterion_code = 'total' DESC, now_row.score IS NULL, now_row.known_maximum - now_row.points DESC NULLS LAST, criterion.sort
