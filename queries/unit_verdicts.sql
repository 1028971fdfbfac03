-- Đơn vị nên biểu dương và đơn vị cần nhắc nhở trong kỳ: điểm, hạng, thay đổi và chỗ mất điểm nhất của mỗi đơn vị.
-- returns: verdict, position, unit_code, name, value, place, ranked_units, change, measure, is_moved, is_most, weak_name, weak_value, weak_numerator, weak_denominator, weak_target, weak_measure, weak_is_most, tied_units, member_word
WITH scored AS (
    SELECT now_row.unit_code, current_unit.full_name AS name, now_row.score, now_row.place, now_row.ranked_units,
        now_row.status, change, place + count(*) OVER (PARTITION BY place) - 1 AS reached_by
    FROM unit_score_compared($calendar, $period, $before, $before_cut) AS now_row
    JOIN current_unit USING (unit_code)
    WHERE now_row.scope = $scope AND now_row.group_code = 'all' AND now_row.place IS NOT NULL
),
weakest AS (
    -- A value of a few is not named; where it costs more, the named one does not cost most.
    SELECT unit_code, weak_name, weak_value, weak_numerator, weak_denominator, weak_target, weak_measure, lost >= most - 1e-9 AS weak_is_most
    FROM (
        SELECT unit_code, indicator_code, indicator.name AS weak_name, value AS weak_value, numerator AS weak_numerator,
            denominator AS weak_denominator, target AS weak_target, measure AS weak_measure, low_volume,
            progress.weight * (1 - score_share) AS lost, max(progress.weight * (1 - score_share)) OVER (PARTITION BY unit_code) AS most
        FROM progress_in($calendar, $period) AS progress JOIN indicator USING (indicator_code)
        WHERE value IS NOT NULL AND indicator.weight > 0 AND score_share < 1
    )
    WHERE NOT low_volume
    QUALIFY row_number() OVER (PARTITION BY unit_code ORDER BY lost DESC, indicator_code) = 1
),
judged AS (
    SELECT scored.*, weak_name, weak_value, weak_numerator, weak_denominator, weak_target, weak_measure, weak_is_most
    FROM scored LEFT JOIN weakest USING (unit_code)
),
-- The first three units, if they reached the target; what half of the units have in common is no merit.
first_met AS (SELECT unit_code FROM scored WHERE place <= 3 AND status = 'met' AND reached_by * 2 <= ranked_units),
-- The units furthest below the target, with those equal to them, and the unit with the largest loss outside first_met.
reminded AS (
    SELECT unit_code, 1 AS reason FROM scored WHERE status <> 'met'
    QUALIFY rank() OVER (ORDER BY place DESC) <= 3
    UNION ALL
    SELECT unit_code, 2 FROM scored WHERE change < 0 AND unit_code NOT IN (FROM first_met)
    QUALIFY row_number() OVER (ORDER BY change, unit_code) = 1
),
-- The first_met units, and the unit with the largest gain that is not in reminded: no unit is on both lists.
praised AS (
    SELECT unit_code, 1 AS reason FROM first_met
    UNION ALL
    SELECT unit_code, 2 FROM scored
    WHERE change > 0 AND unit_code NOT IN (FROM first_met) AND unit_code NOT IN (SELECT unit_code FROM reminded)
    QUALIFY row_number() OVER (ORDER BY change DESC, unit_code) = 1
),
listed AS (
    SELECT 'praise' AS verdict, unit_code, min(reason) AS reason FROM praised GROUP BY unit_code
    UNION ALL
    SELECT 'remind', unit_code, min(reason) FROM reminded GROUP BY unit_code
)
SELECT verdict, row_number() OVER (
        PARTITION BY verdict ORDER BY reason, CASE verdict WHEN 'praise' THEN place ELSE -place END, unit_code
    ) AS position,
    unit_code, name, score AS value, place, ranked_units, change, 'điểm' AS measure,
    -- is_moved: listed for its change. is_most: its change is the largest of all units; a larger one may be on the
    -- other list.
    reason = 2 AS is_moved, is_reached AND change = CASE verdict WHEN 'praise' THEN most ELSE least END AS is_most,
    weak_name, weak_value, weak_numerator, weak_denominator, weak_target, weak_measure, weak_is_most,
    (SELECT count(*) FROM scored AS same WHERE abs(same.change - judged.change) <= 1e-9) - 1 AS tied_units, member_word
FROM listed JOIN judged USING (unit_code)
-- Of enough units the change is known, so that one of them moved most.
CROSS JOIN (
    SELECT max(change) AS most, min(change) AS least,
        (SELECT is_enough(count(scored.change), count(*), any_value(known_minimum))
            FROM unit_score_in($calendar, $period) AS every LEFT JOIN scored USING (unit_code) CROSS JOIN rule
            WHERE every.scope = $scope AND every.group_code = 'all') AS is_reached
    FROM scored
)
CROSS JOIN home_word
ORDER BY verdict, position
