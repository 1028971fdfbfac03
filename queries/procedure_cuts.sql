-- Thủ tục kiến nghị cắt giảm: bớt bao nhiêu ngày, bao nhiêu tiền; việc quá hạn, việc đang chờ trước, bớt nhiều trước.
-- returns: initiative_code, name, procedure_name, owner, due_on, state_name, days_saved, cost_saved, received, saved_days, saved_cost
SELECT initiative_code, cut.name, procedure.name AS procedure_name, owner, due_on, state_title(state) AS state_name, days_saved, cost_saved, received,
    saved_days, saved_cost
FROM procedure_cut_in($calendar, $period, $unit, $plan) AS cut
LEFT JOIN procedure USING (procedure_code)
ORDER BY is_granted, state <> 'overdue', saved_days DESC NULLS LAST, saved_cost DESC NULLS LAST, initiative_code, unit_code
