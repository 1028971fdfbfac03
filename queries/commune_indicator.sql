-- Một chỉ tiêu của 17 xã, thị trấn trong kỳ, xếp hạng, so với kỳ so sánh.
-- returns: unit_code, name, tile_row, tile_col, value, numerator, denominator, target, status, low_volume, place, before, change, is_better, measure
WITH shown AS (
    SELECT unit_code, current_unit.name, name_order, tile_row, tile_col, now_row.value, now_row.numerator,
        now_row.denominator, now_row.target, now_row.status, now_row.low_volume, now_row.is_whole, before, change, measure,
        direction, goodness(direction, value) AS goodness, is_improvement(direction, value, before) AS is_better
    FROM current_unit
    JOIN progress_compared($calendar, $period, $before, $before_cut) AS now_row USING (unit_code)
    JOIN indicator USING (indicator_code)
    WHERE now_row.scope = $scope AND indicator_code = $indicator
)
SELECT unit_code, name, tile_row, tile_col, value, numerator, denominator, target, status, low_volume,
    -- Units with too few dossiers, or known in part, are shown but not ranked.
    CASE WHEN value IS NOT NULL AND NOT low_volume AND is_whole AND direction <> 'context' THEN rank() OVER (
        PARTITION BY value IS NOT NULL AND NOT low_volume AND is_whole ORDER BY round(goodness, 2) DESC
    ) END AS place,
    before, change, is_better, measure
FROM shown
ORDER BY value IS NULL, goodness DESC, name_order
