-- Mọi thay đổi vượt dao động thường của một đơn vị, hay của mọi đơn vị của huyện: xấu đi trước, mất nhiều điểm trước; rồi tốt lên.
-- returns: position, topic, is_better, opens, unit_code, indicator_code, signal_code, unit_name, indicator_name, measure, direction, before, before_numerator, before_denominator, value, numerator, denominator, centre, lower_limit, upper_limit, month_title, month_value, month_numerator, month_denominator, signal_rule, compared_values, compared_units, action, called_name
WITH change AS MATERIALIZED (
    SELECT tested.*, home_code,
        -- For the better only against process limits: the exact test corrects for falls alone.
        coalesce(goodness(tested.direction, signal) > 0 AND chance <= signal_level / 100 AND NOT tested.low_volume, false) AS is_improved
    FROM tested_change($calendar, $period, $before, $before_cut) AS tested
    CROSS JOIN rule
    WHERE $unit IN (unit_code, home_code)
),
told AS (
    SELECT CASE WHEN is_real THEN 'Xấu đi thật' ELSE 'Tốt lên thật' END AS topic, NOT is_real AS is_better, change.unit_code, change.indicator_code,
        concat_ws(' ', change.unit_code, change.indicator_code, CASE WHEN is_real THEN 'worse' ELSE 'better' END, -- An exact test is about the whole period.
            CASE WHEN signal IS NOT NULL THEN month_title ELSE $period END) AS signal_code,
        unit.full_name AS unit_name, change.name AS indicator_name, change.measure, change.direction, before, before_numerator, before_denominator, value,
        numerator, denominator, centre, lower_limit, upper_limit, month_title, month_value, month_numerator, month_denominator,
        coalesce(signal_rule(outside, two_of_three, trend, run), 'test') AS signal_rule,
        abs(change.weight * (earned_share(change.direction, coalesce(centre, before), target, change.limit_value) - score_share)) AS moved,
        CASE WHEN is_real THEN indicator.action END AS action,
        CASE WHEN is_real AND change.unit_code <> home_code THEN unit.name END AS called_name
    FROM change
    JOIN current_unit AS unit ON unit.unit_code = change.unit_code
    JOIN indicator ON indicator.indicator_code = change.indicator_code
    WHERE is_real OR is_improved
),
-- Nothing worse is an answer too, of so many figures.
steady AS (
    SELECT 'Thay đổi' AS topic, false AS is_better, '' AS unit_code, '' AS indicator_code, '' AS signal_code,
        count(chance) AS compared_values, count(DISTINCT CASE WHEN chance IS NOT NULL THEN unit_code END) AS compared_units,
        count(value) AS all_values
    FROM change
    HAVING all_values > 0 AND count(CASE WHEN is_real THEN 1 END) = 0
),
listed AS (SELECT * FROM steady UNION ALL BY NAME SELECT * FROM told)
SELECT row_number() OVER (ORDER BY is_better, moved DESC NULLS LAST, indicator_code, listed.unit_code) AS position, topic, is_better,
    CASE WHEN current_unit.kind IN ('commune', 'district') AND listed.unit_code <> (SELECT home_code FROM rule) THEN 'commune' ELSE 'communes' END AS opens,
    listed.unit_code, indicator_code, signal_code, unit_name, indicator_name, measure, direction, before, before_numerator, before_denominator, value,
    numerator, denominator, centre, lower_limit, upper_limit, month_title, month_value, month_numerator, month_denominator, signal_rule,
    compared_values, compared_units, action, called_name
FROM listed
LEFT JOIN current_unit ON current_unit.unit_code = listed.unit_code
ORDER BY position
