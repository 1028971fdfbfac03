-- Cần chú ý: chỗ trễ nhiều nhất, xuống nhiều nhất và xa mục tiêu nhất, mỗi điều đủ số cho một câu.
-- returns: position, topic, opens, unit_code, indicator_code, field_code, unit_name, field_name, late, is_least, late_share, open_late, indicator_name, measure, direction, before, before_numerator, before_denominator, value, numerator, denominator, target, tied_units, worst_name, worst_value, worst_numerator, worst_denominator, worst_of_all, district_late, level_word, member_word
WITH field_unit AS (
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
commune AS (
    SELECT compared.*, score_share - before_share AS share_change, indicator.name AS indicator_name, measure, direction,
        goodness(direction, before) - goodness(direction, value) AS fall, low_volume OR before_low_volume AS is_few,
        current_unit.full_name
    FROM progress_compared($calendar, $period, $before, $before_cut) AS compared
    JOIN indicator USING (indicator_code)
    JOIN current_unit USING (unit_code)
    WHERE compared.scope = era_scope($calendar, $period) AND compared.weight > 0
        AND value IS NOT NULL AND before IS NOT NULL
),
-- Every commune with a value. One of a few, or of a part, is not named, but without it nobody is the lowest of all.
placed AS (
    SELECT own.unit_code, own.indicator_code, own.value, own.numerator, own.denominator, current_unit.full_name,
        goodness(direction, own.value) AS goodness, own.is_whole AND NOT own.low_volume AS is_named
    FROM progress_in($calendar, $period) AS own
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
-- Whether enough communes have a value of an indicator, so that one of them is the lowest or fell most.
reached AS (
    SELECT indicator_code, is_enough(count(CASE WHEN is_whole THEN value END), count(*), any_value(known_minimum)) AS is_reached
    FROM progress_in($calendar, $period) CROSS JOIN rule
    WHERE scope = era_scope($calendar, $period)
    GROUP BY indicator_code
),
-- The largest fall of each indicator, of the communes with enough dossiers; those that cost most points come first. It is
-- the largest of all only where enough communes are known and no other, also of a few, fell as much or more.
compared AS (
    SELECT indicator_code, is_enough(count(fall), any_value(every), any_value(known_minimum)) AS is_compared
    FROM commune JOIN (SELECT indicator_code, count(*) AS every FROM progress_in($calendar, $period)
        WHERE scope = era_scope($calendar, $period) GROUP BY indicator_code) AS units USING (indicator_code)
    CROSS JOIN rule
    GROUP BY indicator_code
),
fallen AS (
    SELECT 2 AS topic_order, CASE WHEN is_compared AND fall >= most_fall - 1e-9 THEN 'Xuống nhiều nhất' ELSE 'Xuống' END AS topic,
        unit_code, indicator_code, CAST(NULL AS VARCHAR) AS field_code, -share_change * weight AS weight, full_name AS unit_name,
        indicator_name, measure, direction, before, before_numerator, before_denominator, value, numerator, denominator, target,
        CASE WHEN is_compared AND fall >= most_fall - 1e-9 THEN most_units - 1 END AS tied_units
    FROM commune
    JOIN compared USING (indicator_code)
    JOIN (
        SELECT indicator_code, most_fall, count(*) AS most_units
        FROM commune JOIN (SELECT indicator_code, max(fall) AS most_fall FROM commune GROUP BY indicator_code) AS most USING (indicator_code)
        WHERE fall >= most_fall - 1e-9
        GROUP BY indicator_code, most_fall
    ) AS most USING (indicator_code)
    WHERE share_change < 0 AND fall > 0 AND NOT is_few
    QUALIFY row_number() OVER (PARTITION BY indicator_code ORDER BY fall DESC, unit_code) = 1
),
-- The district's indicators that cost most points, each with the worst commune.
behind AS (
    SELECT district.indicator_code, indicator.name AS indicator_name, indicator.measure, indicator.direction,
        district.value, district.numerator, district.denominator, district.target,
        district.weight * (1 - district.score_share) AS lost, worst_name, worst_code, worst_value, worst_numerator,
        worst_denominator, worst_goodness <= least_goodness + 1e-9 AS worst_of_all,
        (SELECT count(*) FROM placed WHERE placed.indicator_code = district.indicator_code
            AND abs(goodness - worst_goodness) <= 1e-9 AND (is_named OR worst_goodness <= least_goodness + 1e-9)) - 1 AS tied_units
    FROM progress_in($calendar, $period) AS district
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
    UNION ALL BY NAME SELECT * FROM (SELECT * FROM fallen ORDER BY weight DESC, indicator_code LIMIT 3)
    UNION ALL BY NAME SELECT * FROM (SELECT * FROM missed ORDER BY weight DESC, indicator_code LIMIT 3)
)
SELECT row_number() OVER (ORDER BY topic_order, weight DESC, indicator_code) AS position, topic,
    -- Only ranked members have a page; the district's offices link to the comparison page.
    CASE WHEN current_unit.kind IN ('commune', 'district') THEN 'commune' ELSE 'communes' END AS opens, unit_code, indicator_code,
    field_code, unit_name, field_name, late, is_least, late_share, open_late, indicator_name, measure, direction, before, before_numerator,
    before_denominator, value, numerator, denominator, target, tied_units, worst_name, worst_value, worst_numerator,
    worst_denominator, worst_of_all, district_late, level_word, member_word
FROM listed
CROSS JOIN home_word
LEFT JOIN current_unit USING (unit_code)
ORDER BY position
