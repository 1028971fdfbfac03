-- Nhiệm vụ hoặc kiến nghị của một kế hoạch: tiến độ và tình trạng, việc quá hạn trước.
-- returns: initiative_code, unit_name, name, owner, start_on, due_on, completed_on, percent, state_name, days_late, outcome
WITH judged AS (
    SELECT initiative.*, CASE WHEN state <> 'done_undated' THEN greatest(coalesce(completed_on, as_of) - due_on, 0) END AS days_late
    FROM initiative_of($initiative_kind, $plan) AS initiative CROSS JOIN as_of_date
)
SELECT initiative_code, coalesce(unit.full_name, judged.unit_code) AS unit_name, judged.name, owner, start_on, due_on,
    completed_on, percent, state_title(state) AS state_name,
    nullif(days_late, 0) AS days_late, coalesce(outcome, '') AS outcome
FROM judged
LEFT JOIN current_unit AS unit USING (unit_code)
ORDER BY CASE state WHEN 'overdue' THEN 0 WHEN 'running' THEN 1 WHEN 'done_late' THEN 2 WHEN 'done' THEN 3 ELSE 4 END, due_on, initiative_code
