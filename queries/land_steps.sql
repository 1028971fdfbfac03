-- Hồ sơ đất đai ba cấp qua từng bước: thời gian ở mỗi cấp, trễ ở bước nào, chuyển giao chậm bao lâu.
-- returns: step_number, tier, code, name, steps, open_steps, late_steps, value, measure, mean_days, handover_days, status, low_volume, rank
-- needs: -
WITH counted AS (
    SELECT step_number, tier, sum(steps) AS steps, sum(open_steps) AS open_steps, sum(late_steps) AS late_steps,
        sum(working_days) / nullif(sum(steps), 0) AS mean_days, sum(handover_days) / nullif(sum(handovers), 0) AS handover_days
    FROM land_step_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    GROUP BY step_number, tier
)
-- code is the subset code of the list of dossiers late at this step.
SELECT step_number, tier, step_code(step_number, tier) AS code, step_title(step_number, tier) AS name,
    CAST(steps AS BIGINT) AS steps, CAST(open_steps AS BIGINT) AS open_steps, CAST(late_steps AS BIGINT) AS late_steps,
    100 * late_steps / nullif(steps, 0) AS value, '%' AS measure, mean_days,
    handover_days,
    'context' AS status, steps < low_volume AS low_volume, CAST(NULL AS INTEGER) AS rank
FROM counted CROSS JOIN rule
ORDER BY step_number, tier
