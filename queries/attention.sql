-- Cần chú ý: chỗ trễ nhiều nhất, chỗ xấu đi thật và chỗ xa mục tiêu nhất, mỗi điều đủ số cho một câu.
-- returns: position, topic, opens, unit_code, indicator_code, field_code, unit_name, field_name, late, is_least, late_share, open_late, indicator_name, measure, direction, before, before_numerator, before_denominator, value, numerator, denominator, target, tied_units, worst_name, worst_value, worst_numerator, worst_denominator, worst_of_all, district_late, centre, lower_limit, upper_limit, month_title, month_value, month_numerator, month_denominator, signal_rule, also_names, further_units, compared_values, compared_units, action, called_name, level_word, member_word
WITH now_progress AS MATERIALIZED (
    SELECT scope, unit_code, indicator_code, value, numerator, denominator, target, weight, score_share, is_whole, low_volume
    FROM progress_in($calendar, $period)
),
field_unit AS (
    SELECT shown_code AS unit_code, field_code, sum(resolved_late + open_late) AS late, sum(open_late) AS open_late
    FROM service_period_in($calendar, $period)
    JOIN shown_members_of((SELECT home_code FROM rule)) USING (unit_code)
    GROUP BY shown_code, field_code
),
district_late AS (SELECT sum(late) AS late FROM field_unit),
-- The field and unit with the most late dossiers.
worst_cell AS (
    SELECT 1 AS topic_order, 'Trễ hạn' AS topic, unit_code, 'T05' AS indicator_code, field_code,
        field_unit.late AS weight, current_unit.full_name AS unit_name, field.short_name AS field_name, field_unit.late,
        -- Of a unit that is known in part there may be more.
        NOT dossiers_whole(unit_code, $calendar, $period, 'full') AS is_least,
        -- A share of the late dossiers of a few units says nothing of the whole.
        CASE WHEN dossiers_whole(home_code, $calendar, $period, 'full') THEN 100 * field_unit.late / nullif(district_late.late, 0) END
            AS late_share, district_late.late AS district_late, open_late
    FROM field_unit
    JOIN current_unit USING (unit_code)
    JOIN field USING (field_code)
    CROSS JOIN district_late
    CROSS JOIN rule
    WHERE field_unit.late > 0
    QUALIFY row_number() OVER (ORDER BY field_unit.late DESC, unit_code, field_code) = 1
),
-- Every commune with a value. One of a few, or of a part, is not named, but without it nobody is the lowest of all.
placed AS (
    SELECT own.unit_code, own.indicator_code, own.value, own.numerator, own.denominator, current_unit.full_name,
        goodness(direction, own.value) AS goodness, own.is_whole AND NOT own.low_volume AS is_named
    FROM now_progress AS own
    JOIN current_unit USING (unit_code)
    JOIN indicator USING (indicator_code)
    WHERE own.scope = era_scope($calendar, $period) AND own.value IS NOT NULL
),
lowest AS (
    SELECT indicator_code, first(full_name ORDER BY goodness, unit_code) FILTER (WHERE is_named) AS worst_name,
        first(unit_code ORDER BY goodness, unit_code) FILTER (WHERE is_named) AS worst_code,
        first(value ORDER BY goodness, unit_code) FILTER (WHERE is_named) AS worst_value,
        first(numerator ORDER BY goodness, unit_code) FILTER (WHERE is_named) AS worst_numerator,
        first(denominator ORDER BY goodness, unit_code) FILTER (WHERE is_named) AS worst_denominator,
        min(goodness) FILTER (WHERE is_named) AS worst_goodness, min(goodness) AS least_goodness
    FROM placed GROUP BY indicator_code
),
-- Whether enough communes have a value of an indicator, so that one of them is the lowest.
reached AS (
    SELECT indicator_code, is_enough(count(CASE WHEN is_whole THEN value END), count(*), any_value(known_minimum)) AS is_reached
    FROM now_progress CROSS JOIN rule
    WHERE scope = era_scope($calendar, $period)
    GROUP BY indicator_code
),
-- Changes for the worse that are beyond chance, and how many were compared.
change AS MATERIALIZED (SELECT * FROM tested_change($calendar, $period, $before, $before_cut)),
worst_changes AS MATERIALIZED (
    SELECT change.*, weight * (earned_share(direction, coalesce(centre, before), target, limit_value) - score_share) AS lost
    FROM change WHERE is_real
),
-- One for each unit: the change that costs most points, and the names of the others, because one call is about all of them.
worsened AS (
    SELECT 2 AS topic_order, 'Xấu đi thật' AS topic, unit_code, indicator_code, lost AS weight,
        current_unit.full_name AS unit_name, worst_changes.name AS indicator_name, measure, direction, before, before_numerator, before_denominator,
        value, numerator, denominator, target, centre, lower_limit, upper_limit, month_title, month_value, month_numerator, month_denominator,
        coalesce(signal_rule(outside, two_of_three, trend, run), 'test') AS signal_rule, also_names,
        (SELECT count(DISTINCT unit_code) FROM worst_changes) - 3 AS further_units
    FROM worst_changes
    JOIN current_unit USING (unit_code)
    LEFT JOIN (
        SELECT other.unit_code, string_agg(indicator.short_name, ', ' ORDER BY lost DESC NULLS LAST, other.indicator_code) AS also_names
        FROM (SELECT *, row_number() OVER (PARTITION BY unit_code ORDER BY lost DESC NULLS LAST, indicator_code) AS place FROM worst_changes) AS other
        JOIN indicator USING (indicator_code)
        WHERE place > 1
        GROUP BY other.unit_code
    ) AS also USING (unit_code)
    QUALIFY row_number() OVER (PARTITION BY unit_code ORDER BY lost DESC NULLS LAST, indicator_code) = 1
),
-- Nothing worse is an answer too, of so many indicators of so many units.
steady AS (
    SELECT 2 AS topic_order, 'Thay đổi' AS topic, '' AS unit_code, '' AS indicator_code, 0.0 AS weight,
        count(chance) AS compared_values, count(DISTINCT CASE WHEN chance IS NOT NULL THEN unit_code END) AS compared_units,
        (SELECT count(*) FROM change WHERE value IS NOT NULL) AS all_values
    FROM change
    HAVING all_values > 0 AND (SELECT count(*) FROM worsened) = 0
),
-- The district's indicators that cost most points, each with the worst commune.
behind AS (
    SELECT district.indicator_code, indicator.name AS indicator_name, indicator.measure, indicator.direction,
        district.value, district.numerator, district.denominator, district.target,
        district.weight * (1 - district.score_share) AS lost, worst_name, worst_code, worst_value, worst_numerator,
        worst_denominator, worst_goodness <= least_goodness + 1e-9 AS worst_of_all,
        (SELECT count(*) FROM placed WHERE placed.indicator_code = district.indicator_code
            AND abs(goodness - worst_goodness) <= 1e-9 AND (is_named OR worst_goodness <= least_goodness + 1e-9)) - 1 AS tied_units
    FROM now_progress AS district
    CROSS JOIN rule
    JOIN indicator ON indicator.indicator_code = district.indicator_code
    LEFT JOIN reached ON reached.indicator_code = district.indicator_code
    LEFT JOIN lowest ON lowest.indicator_code = district.indicator_code AND is_reached
    WHERE district.unit_code = home_code AND district.score_share < 1 AND NOT district.low_volume
),
missed AS (
    SELECT 3 AS topic_order, 'Mất nhiều điểm' AS topic, coalesce(worst_code, '') AS unit_code, indicator_code,
        CAST(NULL AS VARCHAR) AS field_code, lost AS weight, indicator_name, measure, direction, value, numerator, denominator, target, tied_units, worst_name, worst_value,
        worst_numerator, worst_denominator, worst_of_all
    FROM behind
),
listed AS (
    SELECT * FROM worst_cell
    UNION ALL BY NAME SELECT * FROM (SELECT * FROM worsened ORDER BY weight DESC NULLS LAST, indicator_code, unit_code LIMIT 3)
    UNION ALL BY NAME SELECT * FROM steady
    UNION ALL BY NAME SELECT * FROM (SELECT * FROM missed ORDER BY weight DESC, indicator_code LIMIT 3)
)
SELECT row_number() OVER (ORDER BY topic_order, weight DESC NULLS LAST, indicator_code, unit_code) AS position, topic,
    -- Only ranked members have a page; the home and its offices link to the comparison page.
    CASE WHEN current_unit.kind IN ('commune', 'district') AND unit_code <> (SELECT home_code FROM rule) THEN 'commune' ELSE 'communes' END AS opens, unit_code, indicator_code,
    field_code, unit_name, field_name, late, is_least, late_share, open_late, indicator_name, measure, direction, before, before_numerator,
    before_denominator, value, numerator, denominator, target, tied_units, worst_name, worst_value, worst_numerator,
    worst_denominator, worst_of_all, district_late, centre, lower_limit, upper_limit, month_title, month_value, month_numerator,
    month_denominator, signal_rule, also_names, CASE WHEN topic_order = 2 AND row_number() OVER (PARTITION BY topic_order ORDER BY weight DESC NULLS LAST, indicator_code, unit_code) = 3 AND further_units > 0 THEN further_units END AS further_units,
    compared_values, compared_units, action, called_name, level_word, member_word
FROM listed
CROSS JOIN home_word
LEFT JOIN (SELECT unit_code, kind, CASE WHEN unit_code <> home_code THEN name END AS called_name FROM current_unit CROSS JOIN rule) AS current_unit USING (unit_code)
LEFT JOIN (SELECT indicator_code, action FROM indicator) AS advice USING (indicator_code)
ORDER BY position
