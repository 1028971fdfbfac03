-- Điều cần nói của từng phần báo cáo, trang chiếu: mỗi phần đủ số cho một câu.
-- returns: topic_code, total, met, compared, better, worse, best_name, best, best_units, worst_name, worst, worst_units, ranked_units, all_units, below, members_word, member_word, target, late, handled, late_share, open_late, field_name, field_late, late_fields, at_commune, at_district, at_province, at_unknown, is_part, late_without_apology, not_closed, online, online_numerator, online_denominator, online_target, paid, paid_numerator, paid_denominator, paid_target, score, coverage, period_title, criterion_name, points_lost, lost_criteria, index_names, years, places, ranked
WITH home AS (
    SELECT indicator_code, value, numerator, denominator, target, is_whole, low_volume, compared.status, direction
    FROM progress_compared($calendar, $period, $before, $before_cut) AS compared
    JOIN indicator USING (indicator_code)
    WHERE unit_code = $unit
),
headline AS (
    SELECT count(*) FILTER (WHERE status NOT IN ('missing', 'partial')) AS total, count(*) FILTER (WHERE status = 'met') AS met, count(signal) AS compared,
        count(*) FILTER (WHERE variation(direction, signal) = 'better') AS better, count(*) FILTER (WHERE variation(direction, signal) = 'worse') AS worse
    FROM home JOIN headline_indicator USING (indicator_code)
    LEFT JOIN (SELECT indicator_code, signal FROM process_in($calendar, $period) WHERE unit_code = $unit) AS process USING (indicator_code)
    -- A share of a few meets nothing and misses nothing.
    WHERE NOT low_volume
    HAVING count(*) FILTER (WHERE status NOT IN ('missing', 'partial')) > 0
),
communes AS (
    -- The units of the highest and of the lowest score, as it is shown: equal ones are told together.
    SELECT first(name ORDER BY score DESC, unit_code) AS best_name, max(score) AS best,
        count(*) FILTER (WHERE place = first_place) AS best_units, first(name ORDER BY score, unit_code) AS worst_name,
        min(score) AS worst, count(*) FILTER (WHERE place = last_place) AS worst_units, count(*) AS ranked_units,
        any_value(every) AS all_units, count(*) FILTER (WHERE score < score_target) AS below,
        any_value(members_word) AS members_word, any_value(member_word) AS member_word, any_value(score_target) AS target
    FROM (
        SELECT *, min(place) OVER () AS first_place, max(place) OVER () AS last_place, count(*) OVER () AS every
        FROM unit_score_in($calendar, $period) WHERE scope = $scope AND group_code = 'all'
    ) AS ranked
    JOIN current_unit USING (unit_code)
    CROSS JOIN rule
    CROSS JOIN home_word
    WHERE place IS NOT NULL
    HAVING count(*) > 0
),
field_late AS (
    SELECT field_code, field.short_name, sum(resolved_late + open_late) AS late, sum(handled) AS handled,
        sum(open_late) AS open_late
    FROM service_period_in($calendar, $period)
    JOIN members_of($unit) USING (unit_code)
    JOIN field USING (field_code)
    GROUP BY field_code, field.short_name
),
late AS (
    SELECT sum(late) AS late, sum(handled) AS handled, 100 * sum(late) / sum(handled) AS late_share, sum(open_late) AS open_late,
        first(short_name ORDER BY late DESC, field_code) AS field_name, max(late) AS field_late,
        count(*) FILTER (WHERE late = most) AS late_fields
    FROM (SELECT *, max(late) OVER () AS most FROM field_late)
    HAVING sum(handled) > 0
),
placed AS (
    SELECT sum(handled) AS handled, sum(land) AS land, sum(land_late) AS land_late,
        tier_told(sum(land_commune), sum(land_unheld), sum(land_open)) AS land_commune,
        tier_told(sum(land_district), sum(land_unheld), sum(land_open)) AS land_district,
        tier_told(sum(land_province), sum(land_unheld), sum(land_open)) AS land_province, sum(land_unheld) AS land_unheld,
        sum(late_without_apology) AS late_without_apology, sum(not_closed) AS not_closed
    FROM subset_cell_in($calendar, $period)
    JOIN members_of($unit) USING (unit_code)
),
land AS (
    SELECT land_late AS late, land AS handled, 100 * land_late / land AS late_share, land_commune AS at_commune,
        land_district AS at_district, land_province AS at_province, land_unheld AS at_unknown
    FROM placed
    WHERE land > 0
),
discipline AS (
    SELECT late_without_apology, not_closed
    FROM placed
    WHERE handled > 0
),
online AS (
    SELECT max(value) FILTER (WHERE indicator_code = 'T14') AS online, max(target) FILTER (WHERE indicator_code = 'T14') AS online_target,
        max(value) FILTER (WHERE indicator_code = 'T17') AS paid, max(target) FILTER (WHERE indicator_code = 'T17') AS paid_target,
        max(numerator) FILTER (WHERE indicator_code = 'T14') AS online_numerator, max(denominator) FILTER (WHERE indicator_code = 'T14') AS online_denominator,
        max(numerator) FILTER (WHERE indicator_code = 'T17') AS paid_numerator, max(denominator) FILTER (WHERE indicator_code = 'T17') AS paid_denominator,
        NOT bool_and(is_whole) AS is_part
    FROM home
    WHERE indicator_code IN ('T14', 'T17') AND value IS NOT NULL
    HAVING count(*) > 0
),
digital AS (
    SELECT max(score) FILTER (WHERE criterion_code = 'total') AS score, max(coverage) FILTER (WHERE criterion_code = 'total') AS coverage,
        first(criterion.short_name ORDER BY known_maximum - points DESC, criterion_code)
            FILTER (WHERE criterion_code <> 'total' AND known_maximum - points > 0.005) AS criterion_name,
        max(known_maximum - points) FILTER (WHERE criterion_code <> 'total') AS points_lost,
        count(*) FILTER (WHERE criterion_code <> 'total' AND known_maximum - points >= most - 1e-9) AS lost_criteria,
        any_value(title) AS period_title
    FROM (
        SELECT *, max(CASE WHEN criterion_code <> 'total' THEN known_maximum - points END) OVER (PARTITION BY index_code, unit_code) AS most
        FROM simulated_score_in($calendar, $period)
    )
    CROSS JOIN (SELECT title FROM chosen_period($calendar, $period))
    LEFT JOIN criterion USING (index_code, criterion_code)
    WHERE index_code = 'dti' AND unit_code = $unit
    HAVING max(score) FILTER (WHERE criterion_code = 'total') IS NOT NULL
),
districts AS (
    SELECT list(score_index.short_name ORDER BY index_code) AS index_names, list(year ORDER BY index_code) AS years,
        list(place ORDER BY index_code) AS places, list(ranked_districts ORDER BY index_code) AS ranked
    FROM (
        SELECT * FROM index_total CROSS JOIN ranked_district WHERE district_code = own_district AND index_code IN ('dti', 'par')
        QUALIFY year = max(year) OVER (PARTITION BY index_code)
    )
    JOIN score_index USING (index_code)
    HAVING count(*) > 0
)
SELECT topic_code, total, met, compared, better, worse, best_name, best, best_units, worst_name, worst, worst_units, ranked_units,
    all_units, below, members_word, member_word, target, late,
    handled, late_share, open_late, field_name, field_late, late_fields, at_commune, at_district, at_province, at_unknown, is_part, late_without_apology,
    not_closed, online, online_numerator, online_denominator, online_target, paid, paid_numerator, paid_denominator, paid_target, score, coverage, period_title, criterion_name, points_lost, lost_criteria, index_names, years, places, ranked
FROM (
    SELECT 'headline' AS topic_code, *, false AS is_part FROM headline
    UNION ALL BY NAME SELECT 'communes' AS topic_code, * FROM communes
    UNION ALL BY NAME SELECT 'late' AS topic_code, *, NOT dossiers_whole($unit, $calendar, $period, 'full') AS is_part FROM late
    UNION ALL BY NAME SELECT 'land' AS topic_code, *, NOT dossiers_whole($unit, $calendar, $period, 'full') AS is_part FROM land
    UNION ALL BY NAME SELECT 'discipline' AS topic_code, *, NOT dossiers_whole($unit, $calendar, $period, 'full') AS is_part FROM discipline
    UNION ALL BY NAME SELECT 'online' AS topic_code, * FROM online
    UNION ALL BY NAME SELECT 'digital' AS topic_code, * FROM digital
    UNION ALL BY NAME SELECT 'districts' AS topic_code, * FROM districts
)
