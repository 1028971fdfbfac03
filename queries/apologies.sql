-- Hồ sơ phải xin lỗi và hẹn lại ở ngày số liệu mới nhất: đã quá hạn mà chưa có thư, hoặc đến hạn trong thời hạn báo trước.
-- returns: dossier_code, apology_kind, unit_code, unit_name, procedure_name, field_name, received_on, due_on, is_statutory, days_late, days_left, chance, cause_name, rescheduled_on, new_due_on
SELECT dossier_code, apology_kind, unit_code, unit.name AS unit_name, procedure.name AS procedure_name, field.short_name AS field_name,
    received_on, due_on, due_at IS NULL AS is_statutory, days_late, days_left, chance, late_cause.name AS cause_name,
    CAST(rescheduled_at AS DATE) AS rescheduled_on, new_day.day AS new_due_on
FROM apology_due($calendar, $period, $start_on, $judged_on, $unit) AS due
CROSS JOIN rule
JOIN calendar_day AS said ON said.day = CAST($issued_on AS DATE)
JOIN current_unit AS unit USING (unit_code)
JOIN procedure USING (procedure_code)
JOIN field ON field.field_code = due.field_code
LEFT JOIN late_cause ON cause_code = late_cause
-- So many working days after the letter, or after the first date if that is later.
LEFT JOIN working_day AS new_day ON apology_kind <> 'again'
    AND new_day.working_number = greatest(said.working_number, due_number) + CAST($days AS INTEGER)
WHERE is_chosen($field, due.field_code) AND is_chosen($channel, due.channel) AND is_chosen($apology_kind, apology_kind) AND apology_kind <> 'unknown'
    AND NOT (by_book AND list_contains(string_split($letters, ','), dossier_code))
ORDER BY CASE apology_kind WHEN 'late' THEN 0 WHEN 'likely' THEN 1 WHEN 'due' THEN 2 WHEN 'unsure' THEN 3 ELSE 4 END,
    days_late DESC, chance DESC, due_on, dossier_code
