-- Cần chú ý: chỗ trễ nhiều nhất, xuống nhiều nhất và xa mục tiêu nhất, mỗi điều đủ số cho một câu.
-- returns: position, topic, opens, unit_code, indicator_code, field_code, unit_name, field_name, late, late_share, open_late, indicator_name, measure, direction, before, value, target, worst_name, worst_value, level_word
WITH field_unit AS (
    SELECT shown_code AS unit_code, field_code, period_code, cut, sum(carried_over + received) AS handled,
        sum(resolved_late + open_late) AS late, sum(open_late) AS open_late
    FROM service_period
    JOIN scope_unit ON scope_unit.member_code = service_period.unit_code
    JOIN shown_unit ON shown_unit.member_code = service_period.unit_code
    CROSS JOIN rule
    WHERE scope_unit.unit_code = home_code AND calendar = $calendar
        AND ((period_code = $period AND cut = 'full') OR (period_code = $before AND cut = $before_cut))
    GROUP BY shown_code, field_code, period_code, cut
),
district_late AS (SELECT sum(late) AS late FROM field_unit WHERE period_code = $period AND cut = 'full'),
-- The field and unit with most late dossiers: where one call removes most.
worst_cell AS (
    SELECT 1 AS topic_order, 'Trễ hạn' AS topic, unit_code, 'T05' AS indicator_code, field_code,
        field_unit.late AS weight, current_unit.full_name AS unit_name, field.short_name AS field_name, field_unit.late,
        100 * field_unit.late / nullif(district_late.late, 0) AS late_share, open_late
    FROM field_unit
    JOIN current_unit USING (unit_code)
    JOIN field USING (field_code)
    CROSS JOIN district_late
    WHERE period_code = $period AND cut = 'full' AND field_unit.late > 0
    QUALIFY row_number() OVER (ORDER BY field_unit.late DESC, unit_code, field_code) = 1
),
commune AS (
    SELECT now_row.unit_code, now_row.indicator_code, now_row.value, now_row.target, now_row.status,
        now_row.weight, now_row.score_share, now_row.denominator, then_row.value AS before,
        now_row.score_share - then_row.score_share AS share_change,
        indicator.name AS indicator_name, measure, direction, current_unit.full_name, indicator.kind
    FROM progress AS now_row
    JOIN progress AS then_row ON then_row.calendar = now_row.calendar AND then_row.unit_code = now_row.unit_code
        AND then_row.indicator_code = now_row.indicator_code AND then_row.period_code = $before
        AND then_row.cut = $before_cut
    JOIN indicator ON indicator.indicator_code = now_row.indicator_code
    JOIN current_unit ON current_unit.unit_code = now_row.unit_code
    WHERE now_row.calendar = $calendar AND now_row.period_code = $period AND now_row.cut = 'full'
        AND now_row.scope = 'commune' AND now_row.weight > 0 AND NOT now_row.low_volume AND NOT then_row.low_volume
        AND now_row.value IS NOT NULL AND then_row.value IS NOT NULL
),
-- Points lost since the comparison period, the hardest fall of each indicator.
fallen AS (
    SELECT 2 AS topic_order, 'Xuống nhiều nhất' AS topic, unit_code, indicator_code, CAST(NULL AS VARCHAR) AS field_code,
        -share_change * weight AS weight, full_name AS unit_name, indicator_name, measure, direction, before, value, target
    FROM commune
    WHERE share_change < 0
    QUALIFY row_number() OVER (PARTITION BY indicator_code ORDER BY share_change * weight, unit_code) = 1
),
-- The district's own indicator that costs most points, with the commune furthest behind.
behind AS (
    SELECT district.indicator_code, indicator.name AS indicator_name, indicator.measure, indicator.direction, district.value, district.target,
        district.weight * (1 - district.score_share) AS lost,
        min_by(commune.full_name, commune.score_share) AS worst_name,
        min_by(commune.unit_code, commune.score_share) AS worst_code,
        min_by(commune.value, commune.score_share) AS worst_value
    FROM progress AS district
    CROSS JOIN rule
    JOIN indicator ON indicator.indicator_code = district.indicator_code
    LEFT JOIN commune ON commune.indicator_code = district.indicator_code
    WHERE district.calendar = $calendar AND district.period_code = $period AND district.cut = 'full'
        AND district.unit_code = home_code AND district.score_share < 1
    GROUP BY ALL
),
missed AS (
    SELECT 3 AS topic_order, 'Xa mục tiêu nhất' AS topic, coalesce(worst_code, '') AS unit_code, indicator_code,
        CAST(NULL AS VARCHAR) AS field_code, lost AS weight, indicator_name, measure, direction, value, target, worst_name, worst_value
    FROM behind
),
listed AS (
    SELECT * FROM worst_cell
    UNION ALL BY NAME SELECT * FROM (SELECT * FROM fallen ORDER BY weight DESC, indicator_code LIMIT 3)
    UNION ALL BY NAME SELECT * FROM (SELECT * FROM missed ORDER BY weight DESC, indicator_code LIMIT 3)
)
SELECT row_number() OVER (ORDER BY topic_order, weight DESC, indicator_code) AS position, topic,
    -- Only members that are ranked have a page of their own; the district's offices open the comparison.
    CASE WHEN current_unit.kind IN ('commune', 'district') THEN 'commune' ELSE 'communes' END AS opens, unit_code, indicator_code,
    field_code, unit_name, field_name, late, late_share, open_late, indicator_name, measure, direction, before, value, target,
    worst_name, worst_value, level_word
FROM listed
CROSS JOIN home_word
LEFT JOIN current_unit USING (unit_code)
ORDER BY position
