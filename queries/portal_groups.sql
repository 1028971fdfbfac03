-- Điểm 766 mà Cổng Dịch vụ công quốc gia công bố cho một đơn vị, theo nhóm và tổng, bên cạnh điểm tính từ hồ sơ: chênh bao nhiêu, vì đâu.
-- returns: portal_group, name, value, maximum, rank, ranked_units, is_provisional, captured_on, known_groups, computed, known_maximum, computed_maximum, difference, official_share, computed_share, missing_names, open_components, components, unsynced, synced_of, behind, behind_of, shared_groups, shared_difference, period_said, is_counted, is_other_calendar, measure
-- The portal knows no reporting months: both are of the solar period of that name.
WITH computed AS (FROM portal_computed_in($unit, 'solar', $period)),
-- What the portal cannot count: dossiers that were not sent to it (1.4), and those whose state was not updated in time (T22).
told AS (
    SELECT max(CASE WHEN indicator_code = 'Q14' THEN denominator - numerator END) AS unsynced,
        max(CASE WHEN indicator_code = 'Q14' THEN denominator END) AS synced_of,
        max(CASE WHEN indicator_code = 'T22' THEN denominator - numerator END) AS behind,
        max(CASE WHEN indicator_code = 'T22' THEN denominator END) AS behind_of
    FROM progress_in('solar', $period)
    WHERE unit_code = $unit AND indicator_code IN ('Q14', 'T22')
),
listed AS (
    SELECT portal_group, first_component, maximum FROM portal_group
    UNION ALL SELECT 'total', '', exact_sum(maximum) FROM portal_group
)
SELECT * EXCLUDE (first_component, period_said, is_counted, is_other_calendar, measure),
    -- The groups that can be compared, in the row of the total.
    CASE WHEN portal_group = 'total' THEN count(CASE WHEN portal_group <> 'total' THEN difference END) OVER () END AS shared_groups,
    CASE WHEN portal_group = 'total' THEN exact_sum(CASE WHEN portal_group <> 'total' THEN difference END) OVER () END AS shared_difference,
    period_said, is_counted, is_other_calendar, measure
FROM (
SELECT listed.first_component, listed.portal_group, portal_group_title(listed.portal_group) AS name, official.points AS value,
    coalesce(official.maximum, listed.maximum) AS maximum, official.rank, official.ranked_units,
    coalesce(official.is_provisional OR (chosen.is_partial AND official.points IS NOT NULL), false) AS is_provisional, official.captured_on,
    official.known_groups, computed.points AS computed, computed.known_maximum, computed.maximum AS computed_maximum,
    -- Like with like: a part of the components, or another scale, is not compared with the whole.
    CASE WHEN known_maximum = computed.maximum AND coalesce(official.maximum, listed.maximum) = computed.maximum
        THEN official.points - computed.points END AS difference,
    100 * official.points / nullif(coalesce(official.maximum, listed.maximum), 0) AS official_share,
    100 * computed.points / nullif(known_maximum, 0) AS computed_share,
    coalesce(missing_names, []) AS missing_names, open_components, components, unsynced, synced_of, behind, behind_of,
    chosen.title AS period_said, chosen.kind IN ('month', 'quarter', 'year') AS is_counted, $calendar <> 'solar' AS is_other_calendar, 'điểm' AS measure
FROM listed
JOIN chosen_period('solar', $period) AS chosen ON true
CROSS JOIN told
LEFT JOIN portal_score AS official ON official.period = $period AND official.unit_code = $unit AND official.portal_group = listed.portal_group
LEFT JOIN computed ON computed.portal_group = listed.portal_group
) AS compared
ORDER BY first_component
