-- Tỷ lệ của từng xã theo số hồ sơ, so với bình quân: khác thật hay chỉ do ít hồ sơ.
-- returns: unit_code, name, value, numerator, denominator, low_volume, centre, lower_limit, upper_limit, distance, funnel, measure
SELECT unit_code, current_unit.name, funnel.value, numerator, denominator, low_volume, 100 * centre AS centre,
    greatest(0, 100 * (centre - action_reach() * spread * sqrt(centre * (1 - centre) / denominator))) AS lower_limit,
    least(100, 100 * (centre + action_reach() * spread * sqrt(centre * (1 - centre) / denominator))) AS upper_limit,
    goodness(direction, distance) AS distance,
    -- Beyond 99.8 percent it differs; beyond 95 percent it may.
    CASE WHEN low_volume OR abs(distance) <= warning_reach() THEN 'usual' WHEN abs(distance) <= action_reach() THEN 'watched'
        WHEN goodness(direction, distance) > 0 THEN 'better' ELSE 'worse' END AS funnel,
    measure
FROM funnel_in($calendar, $period, $scope, $indicator) AS funnel
JOIN current_unit USING (unit_code)
JOIN indicator USING (indicator_code)
ORDER BY goodness(direction, distance), name_order
