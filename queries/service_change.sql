-- Số hồ sơ của kỳ bên cạnh kỳ so sánh.
-- returns: code, name, value, before, change, measure
WITH summed AS (
    SELECT period_code, cut, sum(carried_over + received) AS handled, sum(received) AS received,
        sum(CASE WHEN channel = 'online' THEN received ELSE 0 END) AS received_online,
        sum(resolved_early + resolved_on_time + resolved_late) AS resolved, sum(resolved_late) AS resolved_late,
        sum(open_total) AS open_total, sum(open_late) AS open_late
    FROM service_period
    JOIN scope_unit ON scope_unit.member_code = service_period.unit_code AND scope_unit.unit_code = $unit
    WHERE calendar = $calendar AND ($field = '' OR field_code = $field) AND ($channel = '' OR channel = $channel)
        AND ((period_code = $period AND cut = 'full') OR (period_code = $before AND cut = $before_cut))
    GROUP BY period_code, cut
),
long AS (
    UNPIVOT summed ON handled, received, received_online, resolved, resolved_late, open_total, open_late
    INTO NAME code VALUE amount
)
SELECT subset_code AS code, title AS name, now_row.amount AS value, then_row.amount AS before,
    now_row.amount - then_row.amount AS change, 'hồ sơ' AS measure
FROM dossier_subset
JOIN long AS now_row ON now_row.code = subset_code AND now_row.period_code = $period AND now_row.cut = 'full'
LEFT JOIN long AS then_row ON then_row.code = subset_code AND then_row.period_code = $before
    AND then_row.cut = $before_cut
ORDER BY sort
