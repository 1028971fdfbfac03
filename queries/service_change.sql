-- Số hồ sơ của kỳ bên cạnh kỳ so sánh.
-- returns: code, name, value, before, change, measure
WITH summed AS (
    SELECT is_before, sum(handled) AS handled, sum(received) AS received,
        whole_sum(received_online) AS received_online,
        sum(resolved_early + resolved_on_time + resolved_late) AS resolved, sum(resolved_late) AS resolved_late,
        sum(open_total) AS open_total, sum(open_late) AS open_late
    FROM service_period_compared($calendar, $period, $before, $before_cut) JOIN members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
    GROUP BY is_before
),
long AS (
    FROM summed UNPIVOT INCLUDE NULLS (
        amount FOR code IN (handled, received, received_online, resolved, resolved_late, open_total, open_late))
)
SELECT subset_code AS code, title AS name, now_row.amount AS value, then_row.amount AS before,
    now_row.amount - then_row.amount AS change, 'hồ sơ' AS measure
FROM dossier_subset
JOIN long AS now_row ON now_row.code = subset_code AND NOT now_row.is_before
LEFT JOIN long AS then_row ON then_row.code = subset_code AND then_row.is_before
    AND dossiers_whole($unit, $calendar, $period, 'full') AND dossiers_whole($unit, $calendar, $before, $before_cut)
ORDER BY sort
