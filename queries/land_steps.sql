-- Hồ sơ đất đai ba cấp qua từng bước: thời gian ở mỗi cấp, trễ ở bước nào, chuyển giao chậm bao lâu.
-- returns: step_number, tier, code, name, steps, open_steps, late_steps, value, measure, mean_days, mean_text, handover_days, status, low_volume, rank
WITH chosen AS (
    SELECT listed.dossier_code, end_on FROM listed_dossier($calendar, $period, 'land') AS listed
    JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
),
step AS (
    SELECT dossier_step.*, end_on,
        step_open(completed_at, end_on) AS is_open, step_late(completed_at, due_at, end_on) AS is_late,
        lag(completed_at) OVER (PARTITION BY dossier_code ORDER BY step_number) AS handed_at
    FROM dossier_step JOIN chosen USING (dossier_code)
    WHERE CAST(received_at AS DATE) <= end_on
),
counted AS (
    SELECT step.step_number, step.tier, count(*) AS steps, count(*) FILTER (WHERE is_open) AS open_steps,
        count(*) FILTER (WHERE is_late) AS late_steps,
        avg(end_day.working_number - start_day.working_number) AS mean_days,
        avg(start_day.working_number - handed_day.working_number) AS handover_days
    FROM step
    JOIN calendar_day AS start_day ON start_day.day = CAST(received_at AS DATE)
    JOIN calendar_day AS end_day ON end_day.day = CASE WHEN is_open THEN end_on ELSE CAST(completed_at AS DATE) END
    LEFT JOIN calendar_day AS handed_day ON handed_day.day = CAST(handed_at AS DATE)
    GROUP BY step.step_number, step.tier
)
-- The code is that of the list of dossiers late at this step.
SELECT step_number, tier, step_code(step_number, tier) AS code, step_title(step_number, tier) AS name,
    steps, open_steps, late_steps, 100 * late_steps / nullif(steps, 0) AS value, '%' AS measure, mean_days,
    vi_quantity(mean_days, 'ngày') AS mean_text, handover_days,
    'context' AS status, steps < low_volume AS low_volume, CAST(NULL AS INTEGER) AS rank
FROM counted CROSS JOIN rule
ORDER BY step_number, tier
