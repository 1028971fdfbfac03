-- Was an event on paper recorded in the system within eight working hours? An office day has eight hours, so the limit
-- is the same time on the next working day. limit_second: the time of day from which the limit runs; limit_days: the
-- working days until it ends. If only dates are known, the limit is the next working day.
CREATE MACRO second_of(moment) AS hour(moment) * 3600 + minute(moment) * 60 + second(moment);
CREATE MACRO limit_days(happened_at, recorded_at, is_working, closes) AS CASE
    WHEN second_of(happened_at) = 0 OR second_of(recorded_at) = 0 THEN 1
    WHEN NOT is_working OR second_of(happened_at) > closes THEN 2
    ELSE 1
END;
CREATE MACRO limit_second(happened_at, recorded_at, is_working, morning_start, morning_end, afternoon_start, afternoon_end) AS
    CASE
        WHEN second_of(happened_at) = 0 OR second_of(recorded_at) = 0 THEN 86400
        WHEN NOT is_working OR second_of(happened_at) < morning_start OR second_of(happened_at) > afternoon_end
            THEN morning_start
        WHEN second_of(happened_at) > morning_end AND second_of(happened_at) < afternoon_start THEN afternoon_start
        ELSE second_of(happened_at)
    END;
CREATE MACRO told_in_time(recorded_at, limit_day, limit_second) AS recorded_at IS NOT NULL AND (
    CAST(recorded_at AS DATE) < limit_day
    OR (CAST(recorded_at AS DATE) = limit_day AND second_of(recorded_at) <= limit_second)
);

-- The band of the used share of the statutory time; both arguments are in working days.
CREATE MACRO used_band_of(working_days, statutory_days) AS CASE
    WHEN working_days <= 0.25 * statutory_days THEN 1
    WHEN working_days <= 0.5 * statutory_days THEN 2
    WHEN working_days <= 0.75 * statutory_days THEN 3
    WHEN working_days <= statutory_days THEN 4
    WHEN working_days <= 1.5 * statutory_days THEN 5
    ELSE 6
END;

-- Dossiers with the columns that rules need: end, due date, lateness (on-time algorithm of QĐ 766, 2.1).
CREATE TABLE dossier AS
WITH dated AS (
    SELECT
        raw.* EXCLUDE (line, upload_order, simulated, channel, unit_code, file_columns),
        lacks, as_of AS told_on,
        coalesce(renamed_unit.unit_code, raw.unit_code) AS unit_code,
        CASE WHEN lacks LIKE '% channel %' THEN 'unknown' ELSE coalesce(channel, 'direct') END AS channel,
        procedure.field_code, procedure.service_level, procedure.statutory_days, procedure.paper_result,
        procedure.three_tier, procedure.essential,
        received_at IS NOT NULL AND state NOT IN ('registered', 'not_accepted') AS is_accepted,
        CAST(received_at AS DATE) AS received_on,
        CAST(apology_at AS DATE) AS apology_on,
        CAST(supplement_requested_at AS DATE) AS supplement_requested_on,
        CAST(supplement_completed_at AS DATE) AS supplement_completed_on,
        -- The first of these columns that has a value is the end of the dossier.
        coalesce(processed_at, returned_at, ineligible_returned_at, withdrawn_at) AS ended_at
    FROM merged_dossier AS raw
    JOIN procedure USING (procedure_code)
    JOIN upload_told ON upload_told.upload_order = raw.upload_order
    LEFT JOIN renamed_unit ON renamed_unit.own_code = raw.unit_code
        AND CAST(coalesce(received_at, ineligible_returned_at) AS DATE)
            BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
),
due AS (
    SELECT
        dated.*,
        CAST(ended_at AS DATE) AS ended_on,
        received_day.working_number AS received_number,
        received_day.is_working AS received_is_working,
        -- A dossier that was stopped was given back on that date, or without it on its end.
        CASE WHEN state = 'stopped' THEN coalesce(ineligible_returned_at, ended_at) END AS given_back_at,
        -- Without an appointment date, the statutory time of the procedure applies, in working days.
        coalesce(dated.due_at, CASE
            WHEN statutory_days <= 0 THEN CAST(received_on AS TIMESTAMP) ELSE CAST(statutory.day AS TIMESTAMP)
        END) AS due_moment
    FROM dated
    LEFT JOIN calendar_day AS received_day ON received_day.day = dated.received_on
    LEFT JOIN working_day AS statutory
        ON statutory.working_number = received_day.working_number + CAST(ceil(statutory_days) AS INTEGER)
),
adjusted AS (
    SELECT
        due.*, by_day,
        CAST(due_moment AS DATE) AS due_on,
        -- The time that the citizen needs to supplement the dossier does not count.
        end_without_wait(ended_at, supplement_requested_at, supplement_completed_at, by_day) AS adjusted_end
    FROM due CROSS JOIN rule
),
judged AS (
    SELECT
        *,
        CAST(adjusted_end AS DATE) AS adjusted_on,
        is_accepted AND is_after_due(adjusted_end, due_moment, by_day) AS ended_late,
        is_accepted AND CAST(adjusted_end AS DATE) < due_on AS ended_early,
        late_from(due_moment, by_day) AS late_from,
        is_after_due(supplement_requested_at, due_moment, by_day) AS asked_late,
        NOT is_after_due(given_back_at, due_moment, by_day) AS returned_in_time,
        -- Finished on paper but still open in the system.
        ended_at IS NOT NULL AND state IN ('received', 'processing', 'supplement_requested', 'fee_requested')
            AS not_closed_in_system
    FROM adjusted
)
SELECT
    judged.* EXCLUDE (by_day, adjusted_end, received_is_working, told_on),
    -- Whether the unit's files cover the day of receipt and the day of end: otherwise it is in no flow.
    receipt_day.day IS NOT NULL AS receipt_known, end_known_day.day IS NOT NULL AS end_known,
    -- The day up to which the dossier's state is known, if it is open.
    coalesce(unchanged_dossier.told_until, told_on) AS told_on,
    due_day.working_number AS due_number,
    greatest(0, end_day.working_number - due_day.working_number) AS ended_days_late,
    greatest(0, end_day.working_number - received_number) AS ended_working_days,
    -- Empty if the dossier is open or its procedure has no statutory time.
    CASE WHEN ended_at IS NOT NULL AND statutory_days > 0
        THEN used_band_of(greatest(0, end_day.working_number - received_number), statutory_days) END AS used_band,
    apology_on IS NOT NULL
        AND apology_day.working_number <= due_day.working_number - rule.apology_lead_days AS apology_timely,
    -- The dossier was given back as ineligible, and on which day.
    given_back_at IS NOT NULL AS is_ineligible, CAST(given_back_at AS DATE) AS given_back_on,
    coalesce(fee_required AND NOT coalesce(fee_zero, false), false) AS owes_fee,
    -- Whether it counts for the share of online filing, and for that of procedures online from beginning to end.
    NOT online_of_offered OR coalesce(service_level IN ('full', 'partial'), false) AS in_online_base,
    NOT full_of_offered OR coalesce(service_level = 'full', false) AS in_full_base,
    -- Whether intake and end were recorded in the system in time; empty if there is nothing to judge.
    CASE WHEN is_accepted AND intake_recorded_at IS NOT NULL THEN told_in_time(intake_recorded_at, intake_limit.day,
        limit_second(received_at, intake_recorded_at, received_is_working, morning_start, morning_end, afternoon_start,
            afternoon_end)) END AS intake_timely,
    CASE WHEN is_accepted AND ended_at IS NOT NULL AND (status_updated_at IS NOT NULL OR not_closed_in_system)
        THEN told_in_time(status_updated_at, closing_limit.day,
            limit_second(ended_at, status_updated_at, ended_day.is_working, morning_start, morning_end, afternoon_start,
                afternoon_end)) END AS closing_timely
FROM judged
CROSS JOIN rule
LEFT JOIN calendar_day AS ended_day ON ended_day.day = judged.ended_on
LEFT JOIN working_day AS intake_limit ON intake_limit.working_number
    = received_number + limit_days(received_at, intake_recorded_at, received_is_working, afternoon_end)
LEFT JOIN working_day AS closing_limit ON closing_limit.working_number
    = ended_day.working_number + limit_days(ended_at, status_updated_at, ended_day.is_working, afternoon_end)
LEFT JOIN calendar_day AS due_day ON due_day.day = judged.due_on
LEFT JOIN calendar_day AS end_day ON end_day.day = judged.adjusted_on
LEFT JOIN calendar_day AS apology_day ON apology_day.day = judged.apology_on
LEFT JOIN known_day AS receipt_day ON receipt_day.unit_code = judged.unit_code AND receipt_day.day = judged.received_on
LEFT JOIN known_day AS end_known_day ON end_known_day.unit_code = judged.unit_code AND end_known_day.day = judged.ended_on
LEFT JOIN unchanged_dossier ON unchanged_dossier.dossier_code = judged.dossier_code
ORDER BY received_on, unit_code, dossier_code;

CREATE TABLE dossier_step AS
SELECT merged_dossier_step.* EXCLUDE (line, upload_order, simulated),
    is_after_due(completed_at, due_at, by_day) AS completed_late, late_from(due_at, by_day) AS late_from
FROM merged_dossier_step
CROSS JOIN rule
JOIN (SELECT dossier_code FROM dossier) AS known USING (dossier_code)
ORDER BY dossier_code, step_number;
