-- Một chỉ tiêu của 17 xã, thị trấn trong kỳ, xếp hạng, so với kỳ so sánh.
-- returns: unit_code, name, tile_row, tile_col, value, numerator, denominator, target, status, low_volume, place, before, change, is_better, measure
WITH shown AS (
    SELECT unit_code, current_unit.name, name_order, tile_row, tile_col, now_row.value, now_row.numerator,
        now_row.denominator, now_row.target, now_row.status, now_row.low_volume, then_row.value AS before,
        now_row.value - then_row.value AS change, measure, direction,
        CASE WHEN direction = 'down' THEN -now_row.value ELSE now_row.value END AS goodness,
        CASE direction WHEN 'up' THEN now_row.value > then_row.value WHEN 'down' THEN now_row.value < then_row.value
        END AS is_better
    FROM current_unit
    JOIN progress AS now_row USING (unit_code)
    JOIN indicator USING (indicator_code)
    LEFT JOIN progress AS then_row ON then_row.unit_code = now_row.unit_code
        AND then_row.indicator_code = now_row.indicator_code AND then_row.calendar = now_row.calendar
        AND then_row.period_code = $before AND then_row.cut = $before_cut
    WHERE now_row.calendar = $calendar AND now_row.period_code = $period AND now_row.cut = 'full'
        AND now_row.scope = $scope AND now_row.indicator_code = $indicator
)
SELECT unit_code, name, tile_row, tile_col, value, numerator, denominator, target, status, low_volume,
    -- Too few dossiers to be called best or worst: shown, not placed.
    CASE WHEN value IS NOT NULL AND NOT low_volume AND direction <> 'context' THEN rank() OVER (
        PARTITION BY value IS NOT NULL AND NOT low_volume ORDER BY round(goodness, 2) DESC
    ) END AS place,
    before, change, is_better, measure
FROM shown
ORDER BY value IS NULL, goodness DESC, name_order
