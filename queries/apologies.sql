-- Hồ sơ phải xin lỗi và hẹn lại ở ngày số liệu mới nhất: đã quá hạn mà chưa có thư, hoặc đến hạn trong thời hạn báo trước.
-- returns: dossier_code, apology_kind, unit_code, unit_name, procedure_name, field_name, received_on, due_on, days_late, days_left, chance, cause_code, cause_name, holder_tier, rescheduled_on, new_due_on, lead_days
-- needs: apology_at
WITH said AS (
    SELECT working_number FROM calendar_day WHERE day = CAST($issued_on AS DATE)
),
found AS (
    SELECT listed.*, 100 * risk.chance AS chance, apology_lead_days, risk_level,
        reschedule_count >= 1 OR rescheduled_at IS NOT NULL AS is_rescheduled
    FROM listed_dossier($start_on, $judged_on, 'open_total') AS listed
    JOIN members_of($unit) USING (unit_code)
    CROSS JOIN as_of_date
    CROSS JOIN rule
    LEFT JOIN (SELECT dossier_code, chance FROM newest_risk($calendar, $period)) AS risk USING (dossier_code)
    -- A letter is written today: there is no list of a past day.
    WHERE as_of BETWEEN CAST($start_on AS DATE) AND CAST($end_on AS DATE) AND NOT is_waiting
        AND NOT coalesce(is_apologised, false) AND NOT contains(lacks, ' apology_at ')
        AND is_chosen($field, listed.field_code) AND is_chosen($channel, listed.channel)
),
kinds AS (
    SELECT found.*,
        -- A second reappointment is against the rule, whatever the letter says.
        CASE WHEN is_rescheduled THEN 'again' WHEN is_open_late THEN 'late' WHEN chance >= risk_level THEN 'likely' ELSE 'due' END AS apology_kind
    FROM found
    WHERE is_open_late OR days_left BETWEEN 0 AND apology_lead_days
)
SELECT dossier_code, apology_kind, unit_code, unit.name AS unit_name, procedure.name AS procedure_name, field.short_name AS field_name,
    received_on, due_on, days_late, days_left, chance, late_cause AS cause_code, late_cause.name AS cause_name, holder_tier,
    CAST(rescheduled_at AS DATE) AS rescheduled_on, new_day.day AS new_due_on, apology_lead_days AS lead_days
FROM kinds
CROSS JOIN said
JOIN current_unit AS unit USING (unit_code)
JOIN procedure USING (procedure_code)
JOIN field ON field.field_code = kinds.field_code
LEFT JOIN late_cause ON cause_code = late_cause
-- So many working days after the letter, or after the first date if that is later.
LEFT JOIN working_day AS new_day ON apology_kind <> 'again' AND new_day.working_number = greatest(said.working_number, due_number) + CAST($days AS INTEGER)
ORDER BY CASE apology_kind WHEN 'late' THEN 0 WHEN 'likely' THEN 1 WHEN 'due' THEN 2 ELSE 3 END, days_late DESC, chance DESC, due_on, dossier_code
