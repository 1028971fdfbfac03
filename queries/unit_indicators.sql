-- Mọi chỉ tiêu của một xã: mục tiêu, hạng, huyện, xã tốt nhất và thay đổi.
-- returns: indicator_code, name, short_name, group_code, measure, direction, weight, value, numerator, denominator, target, status, low_volume, before, change, is_better, district, best, best_name, place, placed_units, observed_period, points_lost
WITH communes AS (
    SELECT progress.*, measure, direction,
        CASE WHEN direction = 'down' THEN -value ELSE value END AS goodness,
        value IS NOT NULL AND NOT low_volume AND direction <> 'context' AS counts
    FROM progress JOIN indicator USING (indicator_code)
    WHERE calendar = $calendar AND period_code = $period AND cut = 'full'
        AND scope = (SELECT DISTINCT scope FROM scope_unit WHERE unit_code = $unit AND scope <> 'district')
),
placed AS (
    SELECT communes.*, CASE WHEN counts THEN rank() OVER (
            PARTITION BY indicator_code, counts ORDER BY round(goodness, 2) DESC
        ) END AS place,
        count(*) FILTER (WHERE counts) OVER (PARTITION BY indicator_code) AS placed_units
    FROM communes
),
best AS (
    SELECT indicator_code, max_by(value, goodness) AS best, max_by(current_unit.name, goodness) AS best_name
    FROM communes JOIN current_unit USING (unit_code)
    WHERE counts
    GROUP BY indicator_code
)
SELECT indicator_code, indicator.name, indicator.short_name, indicator.group_code, indicator.measure,
    indicator.direction, indicator.weight, own.value, own.numerator, own.denominator, own.target, own.status,
    own.low_volume, then_row.value AS before, own.value - then_row.value AS change,
    CASE indicator.direction WHEN 'up' THEN own.value > then_row.value WHEN 'down' THEN own.value < then_row.value
    END AS is_better,
    district.value AS district, best.best, best.best_name, own.place, own.placed_units, own.observed_period,
    indicator.weight * (1 - own.score_share) AS points_lost
FROM placed AS own
JOIN indicator USING (indicator_code)
CROSS JOIN rule
LEFT JOIN best USING (indicator_code)
LEFT JOIN progress AS then_row ON then_row.calendar = own.calendar AND then_row.period_code = $before
    AND then_row.cut = $before_cut AND then_row.unit_code = own.unit_code
    AND then_row.indicator_code = own.indicator_code
LEFT JOIN progress AS district ON district.calendar = own.calendar AND district.period_code = own.period_code
    AND district.cut = own.cut AND district.unit_code = home_code AND district.indicator_code = own.indicator_code
-- What is asked of the district alone says nothing about a commune.
WHERE own.unit_code = $unit AND (own.value IS NOT NULL OR own.target IS NOT NULL OR indicator.direction = 'context')
ORDER BY indicator.sort
