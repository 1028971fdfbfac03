-- Một chỉ tiêu của một đơn vị qua các kỳ cùng loại, bên cạnh toàn huyện.
-- returns: period_code, period_title, value, target, status, low_volume, reference, is_partial, centre, lower_limit, upper_limit, variation, measure
-- A period known in part is a gap in the line, also in that of the district. Of months: the limits of what is usual.
SELECT period.period_code, period.short_title AS period_title, CASE WHEN own.is_whole THEN own.value END AS value, own.target, own.status, own.low_volume,
    CASE WHEN $unit <> home_code AND district.is_whole THEN district.value END AS reference, period.is_partial,
    centre, lower_limit, upper_limit, nullif(variation(direction, signal), 'usual') AS variation, measure
FROM period
CROSS JOIN rule
JOIN progress AS own ON own.calendar = period.calendar AND own.period_code = period.period_code AND own.cut = 'full'
    AND own.unit_code = $unit AND own.indicator_code = $indicator
JOIN progress AS district ON district.calendar = own.calendar AND district.period_code = own.period_code
    AND district.cut = 'full' AND district.unit_code = home_code AND district.indicator_code = own.indicator_code
JOIN indicator ON indicator.indicator_code = own.indicator_code
LEFT JOIN process_month ON period.kind = 'month' AND process_month.calendar = period.calendar AND process_month.month = period.last_month
    AND process_month.unit_code = own.unit_code AND process_month.indicator_code = own.indicator_code
WHERE period.calendar = $calendar AND period.kind = $kind
ORDER BY period.last_month
