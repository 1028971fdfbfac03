-- Một chỉ tiêu các xã báo cáo: cộng cả địa bàn trong kỳ là bao nhiêu, từ bao nhiêu xã; xã nào chưa gửi.
-- returns: indicator_name, measure, value, numerator, denominator, units, told_units, silent_names, further_units
WITH told AS (
    SELECT unit.name, name_order, value IS NOT NULL AS is_told
    FROM progress_in($calendar, $period) AS progress JOIN current_unit AS unit USING (unit_code)
    WHERE scope = era_scope($calendar, $period) AND indicator_code = $indicator
),
counted AS (
    SELECT count(*) AS units, count(*) FILTER (WHERE is_told) AS told_units,
        first_names(list(name ORDER BY name_order) FILTER (WHERE NOT is_told)) AS silent_names,
        further_names(list(name) FILTER (WHERE NOT is_told)) AS further_units
    FROM told
)
SELECT indicator.name AS indicator_name, measure, value, numerator, denominator, counted.*
FROM indicator
CROSS JOIN counted
CROSS JOIN rule
LEFT JOIN progress_in($calendar, $period) AS whole ON whole.unit_code = home_code AND whole.indicator_code = indicator.indicator_code
WHERE indicator.indicator_code = $indicator
