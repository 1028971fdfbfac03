-- Dossiers with what every rule asks of them: end, due date, lateness (on-time algorithm of QĐ 766, 2.1).
CREATE TABLE dossier AS
WITH dated AS (
    SELECT
        raw.* EXCLUDE (line, upload_order, simulated, channel, unit_code),
        coalesce(renamed_unit.unit_code, raw.unit_code) AS unit_code,
        coalesce(channel, 'direct') AS channel,
        procedure.field_code, procedure.service_level, procedure.statutory_days, procedure.paper_result,
        procedure.three_tier, procedure.essential,
        received_at IS NOT NULL AND state NOT IN ('registered', 'not_accepted') AS is_accepted,
        CAST(received_at AS DATE) AS received_on,
        CAST(apology_at AS DATE) AS apology_on,
        CAST(supplement_requested_at AS DATE) AS supplement_requested_on,
        CAST(supplement_completed_at AS DATE) AS supplement_completed_on,
        -- The first of these that is there ends the dossier, whatever the others say.
        coalesce(processed_at, returned_at, ineligible_returned_at, withdrawn_at) AS ended_at,
        supplement_completed_at >= supplement_requested_at AS has_supplement_time
    FROM merged_dossier AS raw
    JOIN procedure USING (procedure_code)
    LEFT JOIN renamed_unit ON renamed_unit.own_code = raw.unit_code
        AND CAST(coalesce(received_at, ineligible_returned_at) AS DATE)
            BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
),
due AS (
    SELECT
        dated.*,
        CAST(ended_at AS DATE) AS ended_on,
        received_day.working_number AS received_number,
        -- Without an appointment the procedure's statutory time applies, in working days.
        coalesce(dated.due_at, CASE
            WHEN statutory_days <= 0 THEN CAST(received_on AS TIMESTAMP) ELSE CAST(statutory.day AS TIMESTAMP)
        END) AS due_moment
    FROM dated
    LEFT JOIN calendar_day AS received_day ON received_day.day = dated.received_on
    LEFT JOIN working_day AS statutory
        ON statutory.working_number = received_day.working_number + CAST(ceil(statutory_days) AS INTEGER)
),
precise AS (
    SELECT
        *,
        CAST(due_moment AS DATE) AS due_on,
        is_date_only(due_moment) OR is_date_only(ended_at)
            OR (coalesce(has_supplement_time, false)
                AND (is_date_only(supplement_requested_at) OR is_date_only(supplement_completed_at))) AS by_date
    FROM due
),
adjusted AS (
    SELECT
        *,
        -- The time the citizen took to supplement does not count.
        CASE
            WHEN NOT coalesce(has_supplement_time, false) THEN ended_at
            WHEN by_date
                THEN CAST(ended_on - CAST(date_diff('day', supplement_requested_on, supplement_completed_on) AS INTEGER)
                    AS TIMESTAMP)
            ELSE ended_at - (supplement_completed_at - supplement_requested_at)
        END AS adjusted_end
    FROM precise
),
judged AS (
    SELECT
        *,
        CAST(adjusted_end AS DATE) AS adjusted_on,
        is_accepted AND CASE
            WHEN by_date THEN CAST(adjusted_end AS DATE) > due_on ELSE adjusted_end > due_moment
        END AS ended_late,
        is_accepted AND CAST(adjusted_end AS DATE) < due_on AS ended_early,
        CASE
            WHEN is_date_only(ineligible_returned_at) OR is_date_only(due_moment)
                THEN CAST(ineligible_returned_at AS DATE) <= due_on
            ELSE ineligible_returned_at <= due_moment
        END AS returned_in_time,
        -- Paper is done, the system still says it is not.
        ended_at IS NOT NULL AND state IN ('received', 'processing', 'supplement_requested', 'fee_requested')
            AS not_closed_in_system
    FROM adjusted
)
SELECT
    judged.* EXCLUDE (by_date, has_supplement_time, adjusted_end),
    due_day.working_number AS due_number,
    greatest(0, end_day.working_number - due_day.working_number) AS ended_days_late,
    greatest(0, end_day.working_number - received_number) AS ended_working_days,
    apology_on IS NOT NULL
        AND apology_day.working_number <= due_day.working_number - rule.apology_lead_days AS apology_timely
FROM judged
CROSS JOIN rule
LEFT JOIN calendar_day AS due_day ON due_day.day = judged.due_on
LEFT JOIN calendar_day AS end_day ON end_day.day = judged.adjusted_on
LEFT JOIN calendar_day AS apology_day ON apology_day.day = judged.apology_on
ORDER BY received_on, unit_code, dossier_code;

CREATE TABLE dossier_step AS
SELECT merged_dossier_step.* EXCLUDE (line, upload_order, simulated)
FROM merged_dossier_step
JOIN (SELECT dossier_code FROM dossier) AS known USING (dossier_code)
ORDER BY dossier_code, step_number;

-- Was the system told within eight working hours of what happened on paper? One row an event.
-- Office hours add up to eight, so eight working hours are the same clock time on the next working day.
CREATE TABLE status_event AS
WITH event AS (
    SELECT dossier_code, unit_code, field_code, channel, 'intake' AS event_kind, received_at AS happened_at,
        intake_recorded_at AS recorded_at
    FROM dossier
    WHERE is_accepted AND intake_recorded_at IS NOT NULL
    UNION ALL
    SELECT dossier_code, unit_code, field_code, channel, 'closing', ended_at, status_updated_at
    FROM dossier
    WHERE is_accepted AND ended_at IS NOT NULL AND (status_updated_at IS NOT NULL OR not_closed_in_system)
),
timed AS (
    SELECT event.*, CAST(happened_at AS DATE) AS happened_on, CAST(recorded_at AS DATE) AS recorded_on,
        hour(happened_at) * 3600 + minute(happened_at) * 60 + second(happened_at) AS happened_second,
        hour(recorded_at) * 3600 + minute(recorded_at) * 60 + second(recorded_at) AS recorded_second
    FROM event
),
clamped AS (
    SELECT
        timed.*,
        -- The working day and second from which the eight hours run, and with dates only the day after.
        calendar_day.working_number + CASE
            WHEN happened_second = 0 OR recorded_second = 0 THEN 1
            WHEN NOT is_working OR happened_second > afternoon_end THEN 2
            ELSE 1
        END AS deadline_number,
        CASE
            WHEN happened_second = 0 OR recorded_second = 0 THEN 86400
            WHEN NOT is_working OR happened_second < morning_start OR happened_second > afternoon_end
                THEN morning_start
            WHEN happened_second > morning_end AND happened_second < afternoon_start THEN afternoon_start
            ELSE happened_second
        END AS deadline_second
    FROM timed
    JOIN calendar_day ON calendar_day.day = timed.happened_on
    CROSS JOIN rule
)
SELECT dossier_code, unit_code, field_code, channel, event_kind, happened_on, happened_at, recorded_at,
    recorded_at IS NOT NULL AND (
        recorded_on < working_day.day
        OR (recorded_on = working_day.day AND recorded_second <= deadline_second)
    ) AS is_timely
FROM clamped
LEFT JOIN working_day ON working_day.working_number = clamped.deadline_number;
