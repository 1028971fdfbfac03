-- Điểm ước tính của các xã theo một bộ chỉ số hoặc một nhóm của nó: hạng, độ phủ và thay đổi.
-- returns: unit_code, name, tile_row, tile_col, value, points, known_maximum, maximum, status, coverage, place, ranked_units, before, before_place, change, is_better, low_volume, target, measure
SELECT unit_code, current_unit.name, tile_row, tile_col, now_row.score AS value, now_row.points, now_row.known_maximum,
    now_row.maximum,
    standing_status($index, now_row.score, now_row.coverage) AS status, now_row.coverage, now_row.place, now_row.ranked_units,
    before, before_place, change, score > before AS is_better, false AS low_volume, band_minimum($index, 'good') AS target,
    'điểm' AS measure
FROM simulated_score_compared($calendar, $period, $before, $before_cut) AS now_row
JOIN current_unit USING (unit_code)
WHERE now_row.scope = $scope AND now_row.index_code = $index AND now_row.criterion_code = $criterion
ORDER BY now_row.place NULLS LAST, now_row.score DESC NULLS LAST, name_order
