-- Con số chính của một đơn vị trong kỳ so với mục tiêu và kỳ so sánh.
-- returns: code, name, measure, direction, value, numerator, denominator, target, status, low_volume, before, change, is_better
WITH chosen AS (
    SELECT * FROM (VALUES (1, 'T05'), (2, 'T06'), (3, 'T08'), (4, 'T12'), (5, 'T14'), (6, 'T17'), (7, 'T19'), (8, 'T22'))
        AS headline (position, indicator_code)
)
SELECT indicator_code AS code, indicator.short_name AS name, measure, direction, now_row.value, now_row.numerator,
    now_row.denominator, now_row.target, now_row.status, now_row.low_volume, then_row.value AS before,
    now_row.value - then_row.value AS change,
    CASE direction WHEN 'up' THEN now_row.value > then_row.value WHEN 'down' THEN now_row.value < then_row.value END
        AS is_better
FROM chosen
JOIN indicator USING (indicator_code)
JOIN progress AS now_row USING (indicator_code)
LEFT JOIN progress AS then_row ON then_row.indicator_code = now_row.indicator_code
    AND then_row.unit_code = now_row.unit_code AND then_row.calendar = now_row.calendar
    AND then_row.period_code = $before AND then_row.cut = $before_cut
WHERE now_row.calendar = $calendar AND now_row.period_code = $period AND now_row.cut = 'full'
    AND now_row.unit_code = $unit
ORDER BY position
