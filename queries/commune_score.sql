-- Điểm tổng hợp và thứ hạng của 17 xã, thị trấn, so với kỳ so sánh.
-- returns: unit_code, name, tile_row, tile_col, value, status, coverage, place, ranked_units, before, before_place, change, is_better, low_volume, target, measure
SELECT unit_code, current_unit.name, tile_row, tile_col, now_row.score AS value, now_row.status, now_row.coverage,
    now_row.place, now_row.ranked_units, before, before_place, change, score > before AS is_better, false AS low_volume,
    score_target AS target, 'điểm' AS measure
FROM current_unit
JOIN unit_score_compared($calendar, $period, $before, $before_cut) AS now_row USING (unit_code)
CROSS JOIN rule
WHERE now_row.scope = $scope AND group_code = 'all'
ORDER BY now_row.place NULLS LAST, now_row.score DESC NULLS LAST, name_order
