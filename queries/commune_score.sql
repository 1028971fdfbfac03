-- Điểm tổng hợp và thứ hạng của 17 xã, thị trấn, so với kỳ so sánh.
-- returns: unit_code, name, tile_row, tile_col, value, status, coverage, place, ranked_units, before, before_place, change, is_better, low_volume, target, measure
SELECT unit_code, current_unit.name, tile_row, tile_col, now_row.score AS value, now_row.status, now_row.coverage,
    now_row.place, now_row.ranked_units, then_row.score AS before, then_row.place AS before_place,
    now_row.score - then_row.score AS change, now_row.score > then_row.score AS is_better, false AS low_volume,
    score_target AS target, 'điểm' AS measure
FROM current_unit
JOIN unit_score AS now_row USING (unit_code)
CROSS JOIN rule
LEFT JOIN unit_score AS then_row ON then_row.unit_code = now_row.unit_code AND then_row.calendar = now_row.calendar
    AND then_row.group_code = now_row.group_code AND then_row.period_code = $before AND then_row.cut = $before_cut
WHERE now_row.calendar = $calendar AND now_row.period_code = $period AND now_row.cut = 'full'
    AND now_row.scope = $scope AND now_row.group_code = 'all'
ORDER BY now_row.place NULLS LAST, now_row.score DESC NULLS LAST, name_order
