-- Which months each day counts in: whole months, and months cut where the current one stands.
CREATE TABLE day_month AS
SELECT calendar, 'full' AS cut, month, day
FROM calendar_month JOIN calendar_day ON day BETWEEN start_on AND end_on
UNION ALL
SELECT calendar, 'to_date', month, day
FROM calendar_month JOIN calendar_day ON day BETWEEN start_on AND cut_on;

-- What came in, by the day of receipt.
CREATE TABLE received_day AS
SELECT received_on AS day, unit_code, field_code, channel, service_level,
    count(*) AS received,
    count(*) FILTER (WHERE service_level = 'full') AS received_full,
    count(*) FILTER (WHERE state = 'stopped') AS received_stopped,
    count(*) FILTER (WHERE supplement_count > 1) AS supplement_repeat,
    count(*) FILTER (WHERE owes_fee) AS fee_due,
    count(*) FILTER (WHERE owes_fee AND online_payment IN ('national_portal', 'agency_gateway')) AS paid_online,
    count(*) FILTER (WHERE digitised_in AND (coalesce(digitised_out, false) OR NOT paper_result)) AS digitised,
    count(*) FILTER (WHERE reused) AS reused,
    count(*) FILTER (WHERE population_db) AS population_db,
    count(intake_timely) AS intake_events,
    count(*) FILTER (WHERE NOT intake_timely) AS intake_untimely
FROM dossier
WHERE is_accepted
GROUP BY received_on, unit_code, field_code, channel, service_level;

-- Refused at the counter: never accepted, counted by the day they were brought.
CREATE TABLE refused_day AS
SELECT coalesce(received_on, CAST(ineligible_returned_at AS DATE)) AS day, unit_code, field_code, channel, service_level,
    count(*) AS refused
FROM dossier
WHERE state = 'not_accepted'
GROUP BY coalesce(received_on, CAST(ineligible_returned_at AS DATE)), unit_code, field_code, channel, service_level;

-- What was finished, by the day of the end.
CREATE TABLE resolved_day AS
SELECT ended_on AS day, unit_code, field_code, channel, service_level,
    count(*) FILTER (WHERE ended_early) AS resolved_early,
    count(*) FILTER (WHERE NOT ended_early AND NOT ended_late) AS resolved_on_time,
    count(*) FILTER (WHERE ended_late) AS resolved_late,
    count(*) FILTER (WHERE ended_late AND apology_on IS NOT NULL) AS resolved_late_apology,
    count(*) FILTER (WHERE ended_late AND apology_timely) AS resolved_late_apology_timely,
    count(*) FILTER (WHERE ended_late AND reschedule_count >= 1) AS resolved_late_rescheduled,
    count(*) FILTER (WHERE ended_late AND reschedule_count > 1) AS resolved_late_rescheduled_repeat,
    coalesce(sum(ended_days_late) FILTER (WHERE ended_late), 0) AS resolved_late_days,
    count(*) FILTER (WHERE coalesce(complaint, false) OR coalesce(rating, '') = 'dissatisfied') AS resolved_complaint,
    coalesce(sum(ended_working_days), 0) AS resolved_days,
    coalesce(exact_sum(statutory_days), 0) AS resolved_statutory_days,
    count(*) FILTER (WHERE paper_result AND (processed_at IS NOT NULL OR returned_at IS NOT NULL)) AS result_due,
    count(*) FILTER (WHERE paper_result AND (processed_at IS NOT NULL OR returned_at IS NOT NULL)
        AND digitised_out) AS result_electronic,
    count(*) FILTER (WHERE not_closed_in_system) AS not_closed,
    count(*) FILTER (WHERE ended_late AND late_cause IS NULL) AS resolved_late_unexplained,
    count(*) FILTER (WHERE three_tier) AS resolved_land,
    count(*) FILTER (WHERE three_tier AND ended_late) AS resolved_land_late,
    count(*) FILTER (WHERE is_ineligible) AS ineligible,
    count(*) FILTER (WHERE is_ineligible AND returned_in_time AND ended_on < due_on) AS ineligible_early,
    count(*) FILTER (WHERE is_ineligible AND returned_in_time AND ended_on >= due_on) AS ineligible_last_day,
    count(closing_timely) AS closing_events,
    count(*) FILTER (WHERE NOT closing_timely) AS closing_untimely
FROM dossier
WHERE is_accepted AND ended_on IS NOT NULL
GROUP BY ended_on, unit_code, field_code, channel, service_level;

-- Ineligible ones given back, by the day they were.
CREATE TABLE returned_day AS
SELECT CAST(ineligible_returned_at AS DATE) AS day, unit_code, field_code, channel, service_level,
    count(*) AS ineligible_returned,
    count(*) FILTER (WHERE returned_in_time) AS ineligible_returned_timely
FROM dossier
WHERE is_accepted AND state = 'stopped' AND ineligible_returned_at IS NOT NULL
GROUP BY CAST(ineligible_returned_at AS DATE), unit_code, field_code, channel, service_level;

-- What is open at the end of a day that ends some month, whole or cut (or opens the first one), with how it stands.
CREATE TABLE open_dossier AS
WITH stock_day AS (
    SELECT least(end_on, as_of) AS day FROM calendar_month CROSS JOIN as_of_date
    UNION
    SELECT least(cut_on, as_of) FROM calendar_month CROSS JOIN as_of_date
    UNION
    SELECT min(start_on) - 1 FROM calendar_month GROUP BY calendar
),
placed AS (
    SELECT stock_day.day, stock_number.working_number AS stock_number, dossier_code, unit_code, field_code, channel, service_level, procedure_code,
        officer_code, late_cause, three_tier, supplement_count, supplement_requested_on, due_on, due_number, apology_on,
        apology_timely, reschedule_count, complaint, rating,
        waits_on(supplement_requested_on, supplement_completed_on, stock_day.day) AS is_waiting
    FROM dossier
    JOIN stock_day ON received_on <= stock_day.day AND coalesce(ended_on, DATE '2100-01-01') > stock_day.day
    JOIN calendar_day AS stock_number ON stock_number.day = stock_day.day
    WHERE is_accepted
)
SELECT placed.day, dossier_code, unit_code, field_code, channel, service_level, procedure_code, officer_code, late_cause, three_tier,
    is_waiting, reschedule_count, complaint, rating,
    late_while_open(is_waiting, supplement_count, supplement_requested_on, due_on, placed.day) AS is_late,
    greatest(judge_day.working_number - due_number, 0) AS days_over,
    due_number - stock_number AS days_left,
    apology_on <= placed.day AS is_apologised, apology_on <= placed.day AND apology_timely AS is_apologised_timely
FROM placed
JOIN calendar_day AS judge_day ON judge_day.day = judged_on(is_waiting, supplement_requested_on, placed.day);

-- The steps of three-tier dossiers: of the open ones as they stand on those days, of the others on the day of their end.
CREATE TABLE judged_step AS
WITH standing AS (
    SELECT open_dossier.day, false AS is_closed, dossier_step.dossier_code, open_dossier.unit_code,
        open_dossier.field_code, open_dossier.channel, step_number, tier, received_at, due_at, completed_at
    FROM open_dossier
    JOIN dossier_step ON dossier_step.dossier_code = open_dossier.dossier_code
    WHERE three_tier AND CAST(dossier_step.received_at AS DATE) <= open_dossier.day
    UNION ALL
    SELECT dossier.ended_on, true, dossier_step.dossier_code, dossier.unit_code, dossier.field_code, dossier.channel,
        step_number, tier, dossier_step.received_at, dossier_step.due_at, completed_at
    FROM dossier
    JOIN dossier_step ON dossier_step.dossier_code = dossier.dossier_code
    WHERE three_tier AND is_accepted AND CAST(dossier_step.received_at AS DATE) <= ended_on
),
judged AS (
    SELECT standing.*, step_open(completed_at, day) AS is_open, step_late(completed_at, due_at, day) AS is_late,
        lag(completed_at) OVER (PARTITION BY is_closed, day, dossier_code ORDER BY step_number) AS handed_at
    FROM standing
)
SELECT judged.day, is_closed, dossier_code, unit_code, field_code, channel, step_number, tier, is_open, is_late,
    -- The last open one holds the dossier.
    is_open AND row_number() OVER (
        PARTITION BY is_closed, judged.day, dossier_code, is_open ORDER BY step_number DESC) = 1 AS is_holding,
    end_day.working_number - start_day.working_number AS working_days,
    start_day.working_number - handed_day.working_number AS handover_days
FROM judged
JOIN calendar_day AS start_day ON start_day.day = CAST(received_at AS DATE)
JOIN calendar_day AS end_day ON end_day.day = CASE WHEN is_open THEN judged.day ELSE CAST(completed_at AS DATE) END
LEFT JOIN calendar_day AS handed_day ON handed_day.day = CAST(handed_at AS DATE);

CREATE TABLE open_stock AS
WITH held AS (
    SELECT day, dossier_code, tier AS holder_tier FROM judged_step WHERE is_holding AND NOT is_closed
)
SELECT open_dossier.day, unit_code, field_code, channel, service_level,
    count(*) AS open_total,
    count(*) FILTER (WHERE is_waiting) AS open_waiting,
    count(*) FILTER (WHERE is_late) AS open_late,
    count(*) FILTER (WHERE is_late AND is_apologised) AS open_late_apology,
    count(*) FILTER (WHERE is_late AND is_apologised_timely) AS open_late_apology_timely,
    count(*) FILTER (WHERE is_late AND reschedule_count >= 1) AS open_late_rescheduled,
    count(*) FILTER (WHERE is_late AND reschedule_count > 1) AS open_late_rescheduled_repeat,
    coalesce(sum(days_over) FILTER (WHERE is_late), 0) AS open_late_days,
    count(*) FILTER (WHERE coalesce(complaint, false) OR coalesce(rating, '') = 'dissatisfied') AS open_complaint,
    count(*) FILTER (WHERE is_late AND late_cause IS NULL) AS open_late_unexplained,
    count(*) FILTER (WHERE is_late AND days_over <= 5) AS late_1_5,
    count(*) FILTER (WHERE is_late AND days_over BETWEEN 6 AND 10) AS late_6_10,
    count(*) FILTER (WHERE is_late AND days_over BETWEEN 11 AND 30) AS late_11_30,
    count(*) FILTER (WHERE is_late AND days_over > 30) AS late_over_30,
    count(*) FILTER (WHERE NOT is_late AND NOT is_waiting AND days_left BETWEEN 0 AND 1) AS due_1,
    count(*) FILTER (WHERE NOT is_late AND NOT is_waiting AND days_left BETWEEN 0 AND 3) AS due_3,
    count(*) FILTER (WHERE NOT is_late AND NOT is_waiting AND days_left BETWEEN 0 AND 5) AS due_5,
    count(*) FILTER (WHERE three_tier) AS open_land,
    count(*) FILTER (WHERE three_tier AND is_late) AS open_land_late,
    count(*) FILTER (WHERE holder_tier = 'commune') AS land_commune,
    count(*) FILTER (WHERE holder_tier = 'district') AS land_district,
    count(*) FILTER (WHERE holder_tier = 'province') AS land_province
FROM open_dossier
LEFT JOIN held ON held.day = open_dossier.day AND held.dossier_code = open_dossier.dossier_code
GROUP BY open_dossier.day, unit_code, field_code, channel, service_level;

-- The cube that pages read: month x unit x field x channel. Flows add up over months; of the stocks, carried_over
-- belongs to a period's first month and open_* to its last.
CREATE TABLE service_month AS
WITH received AS (
    SELECT calendar, cut, month, unit_code, field_code, channel, service_level,
        sum(received) AS received, sum(received_full) AS received_full, sum(received_stopped) AS received_stopped,
        sum(supplement_repeat) AS supplement_repeat, sum(fee_due) AS fee_due, sum(paid_online) AS paid_online,
        sum(digitised) AS digitised, sum(reused) AS reused, sum(population_db) AS population_db,
        sum(intake_events) AS intake_events, sum(intake_untimely) AS intake_untimely
    FROM received_day JOIN day_month USING (day)
    GROUP BY calendar, cut, month, unit_code, field_code, channel, service_level
),
refused AS (
    SELECT calendar, cut, month, unit_code, field_code, channel, service_level, sum(refused) AS refused
    FROM refused_day JOIN day_month USING (day)
    GROUP BY calendar, cut, month, unit_code, field_code, channel, service_level
),
resolved AS (
    SELECT calendar, cut, month, unit_code, field_code, channel, service_level,
        sum(resolved_early) AS resolved_early, sum(resolved_on_time) AS resolved_on_time,
        sum(resolved_late) AS resolved_late, sum(resolved_late_apology) AS resolved_late_apology,
        sum(resolved_late_apology_timely) AS resolved_late_apology_timely,
        sum(resolved_late_rescheduled) AS resolved_late_rescheduled,
        sum(resolved_late_rescheduled_repeat) AS resolved_late_rescheduled_repeat,
        sum(resolved_late_days) AS resolved_late_days, sum(resolved_complaint) AS resolved_complaint,
        sum(resolved_days) AS resolved_days, exact_sum(resolved_statutory_days) AS resolved_statutory_days,
        sum(result_due) AS result_due, sum(result_electronic) AS result_electronic,
        sum(not_closed) AS not_closed, sum(resolved_late_unexplained) AS resolved_late_unexplained,
        sum(resolved_land) AS resolved_land, sum(resolved_land_late) AS resolved_land_late,
        sum(ineligible) AS ineligible, sum(ineligible_early) AS ineligible_early,
        sum(ineligible_last_day) AS ineligible_last_day,
        sum(closing_events) AS closing_events, sum(closing_untimely) AS closing_untimely
    FROM resolved_day JOIN day_month USING (day)
    GROUP BY calendar, cut, month, unit_code, field_code, channel, service_level
),
returned AS (
    SELECT calendar, cut, month, unit_code, field_code, channel, service_level,
        sum(ineligible_returned) AS ineligible_returned,
        sum(ineligible_returned_timely) AS ineligible_returned_timely
    FROM returned_day JOIN day_month USING (day)
    GROUP BY calendar, cut, month, unit_code, field_code, channel, service_level
),
month_end AS (
    SELECT calendar, 'full' AS cut, month, start_on, least(end_on, as_of) AS day
    FROM calendar_month CROSS JOIN as_of_date
    UNION ALL
    SELECT calendar, 'to_date', month, start_on, least(cut_on, as_of) FROM calendar_month CROSS JOIN as_of_date
),
stock AS (
    SELECT calendar, cut, month, open_stock.* EXCLUDE (day)
    FROM open_stock JOIN month_end ON month_end.day = open_stock.day
),
carried AS (
    SELECT calendar, cut, month, unit_code, field_code, channel, service_level, open_total AS carried_over
    FROM open_stock JOIN month_end ON month_end.start_on - 1 = open_stock.day
),
spine AS (
    SELECT calendar, cut, month, unit_code, field_code, channel, service_level FROM received
    UNION SELECT calendar, cut, month, unit_code, field_code, channel, service_level FROM refused
    UNION SELECT calendar, cut, month, unit_code, field_code, channel, service_level FROM resolved
    UNION SELECT calendar, cut, month, unit_code, field_code, channel, service_level FROM returned
    UNION SELECT calendar, cut, month, unit_code, field_code, channel, service_level FROM stock
    UNION SELECT calendar, cut, month, unit_code, field_code, channel, service_level FROM carried
)
SELECT calendar, cut, month, unit_code, field_code, channel, service_level,
    CAST(coalesce(carried_over, 0) AS BIGINT) AS carried_over,
    CAST(coalesce(received, 0) AS BIGINT) AS received,
    CAST(coalesce(received_full, 0) AS BIGINT) AS received_full,
    CAST(coalesce(received_stopped, 0) AS BIGINT) AS received_stopped,
    CAST(coalesce(refused, 0) AS BIGINT) AS refused,
    CAST(coalesce(supplement_repeat, 0) AS BIGINT) AS supplement_repeat,
    CAST(coalesce(fee_due, 0) AS BIGINT) AS fee_due,
    CAST(coalesce(paid_online, 0) AS BIGINT) AS paid_online,
    CAST(coalesce(digitised, 0) AS BIGINT) AS digitised,
    CAST(coalesce(reused, 0) AS BIGINT) AS reused,
    CAST(coalesce(population_db, 0) AS BIGINT) AS population_db,
    CAST(coalesce(resolved_early, 0) AS BIGINT) AS resolved_early,
    CAST(coalesce(resolved_on_time, 0) AS BIGINT) AS resolved_on_time,
    CAST(coalesce(resolved_late, 0) AS BIGINT) AS resolved_late,
    CAST(coalesce(resolved_late_apology, 0) AS BIGINT) AS resolved_late_apology,
    CAST(coalesce(resolved_late_apology_timely, 0) AS BIGINT) AS resolved_late_apology_timely,
    CAST(coalesce(resolved_late_rescheduled, 0) AS BIGINT) AS resolved_late_rescheduled,
    CAST(coalesce(resolved_late_rescheduled_repeat, 0) AS BIGINT) AS resolved_late_rescheduled_repeat,
    CAST(coalesce(resolved_late_days, 0) AS BIGINT) AS resolved_late_days,
    CAST(coalesce(resolved_complaint, 0) AS BIGINT) AS resolved_complaint,
    CAST(coalesce(resolved_days, 0) AS BIGINT) AS resolved_days,
    CAST(coalesce(resolved_statutory_days, 0) AS DOUBLE) AS resolved_statutory_days,
    CAST(coalesce(result_due, 0) AS BIGINT) AS result_due,
    CAST(coalesce(result_electronic, 0) AS BIGINT) AS result_electronic,
    CAST(coalesce(ineligible_returned, 0) AS BIGINT) AS ineligible_returned,
    CAST(coalesce(ineligible_returned_timely, 0) AS BIGINT) AS ineligible_returned_timely,
    CAST(coalesce(intake_events, 0) + coalesce(closing_events, 0) AS BIGINT) AS status_events,
    CAST(coalesce(intake_events, 0) - coalesce(intake_untimely, 0) + coalesce(closing_events, 0)
        - coalesce(closing_untimely, 0) AS BIGINT) AS status_timely,
    CAST(coalesce(open_total, 0) AS BIGINT) AS open_total,
    CAST(coalesce(open_waiting, 0) AS BIGINT) AS open_waiting,
    CAST(coalesce(open_late, 0) AS BIGINT) AS open_late,
    CAST(coalesce(open_late_apology, 0) AS BIGINT) AS open_late_apology,
    CAST(coalesce(open_late_apology_timely, 0) AS BIGINT) AS open_late_apology_timely,
    CAST(coalesce(open_late_rescheduled, 0) AS BIGINT) AS open_late_rescheduled,
    CAST(coalesce(open_late_rescheduled_repeat, 0) AS BIGINT) AS open_late_rescheduled_repeat,
    CAST(coalesce(open_late_days, 0) AS BIGINT) AS open_late_days,
    CAST(coalesce(open_complaint, 0) AS BIGINT) AS open_complaint,
    CAST(coalesce(intake_untimely, 0) AS BIGINT) AS intake_untimely,
    CAST(coalesce(not_closed, 0) AS BIGINT) AS not_closed,
    CAST(coalesce(resolved_late_unexplained, 0) AS BIGINT) AS resolved_late_unexplained,
    CAST(coalesce(resolved_land, 0) AS BIGINT) AS resolved_land,
    CAST(coalesce(resolved_land_late, 0) AS BIGINT) AS resolved_land_late,
    CAST(coalesce(ineligible, 0) AS BIGINT) AS ineligible,
    CAST(coalesce(ineligible_early, 0) AS BIGINT) AS ineligible_early,
    CAST(coalesce(ineligible_last_day, 0) AS BIGINT) AS ineligible_last_day,
    CAST(coalesce(closing_untimely, 0) AS BIGINT) AS closing_untimely,
    CAST(coalesce(open_late_unexplained, 0) AS BIGINT) AS open_late_unexplained,
    CAST(coalesce(late_1_5, 0) AS BIGINT) AS late_1_5,
    CAST(coalesce(late_6_10, 0) AS BIGINT) AS late_6_10,
    CAST(coalesce(late_11_30, 0) AS BIGINT) AS late_11_30,
    CAST(coalesce(late_over_30, 0) AS BIGINT) AS late_over_30,
    CAST(coalesce(due_1, 0) AS BIGINT) AS due_1,
    CAST(coalesce(due_3, 0) AS BIGINT) AS due_3,
    CAST(coalesce(due_5, 0) AS BIGINT) AS due_5,
    CAST(coalesce(open_land, 0) AS BIGINT) AS open_land,
    CAST(coalesce(open_land_late, 0) AS BIGINT) AS open_land_late,
    CAST(coalesce(land_commune, 0) AS BIGINT) AS land_commune,
    CAST(coalesce(land_district, 0) AS BIGINT) AS land_district,
    CAST(coalesce(land_province, 0) AS BIGINT) AS land_province
FROM spine
LEFT JOIN received USING (calendar, cut, month, unit_code, field_code, channel, service_level)
LEFT JOIN refused USING (calendar, cut, month, unit_code, field_code, channel, service_level)
LEFT JOIN resolved USING (calendar, cut, month, unit_code, field_code, channel, service_level)
LEFT JOIN returned USING (calendar, cut, month, unit_code, field_code, channel, service_level)
LEFT JOIN stock USING (calendar, cut, month, unit_code, field_code, channel, service_level)
LEFT JOIN carried USING (calendar, cut, month, unit_code, field_code, channel, service_level)
ORDER BY calendar, cut, month, unit_code, field_code, channel, service_level;

DROP TABLE received_day;
DROP TABLE refused_day;
DROP TABLE resolved_day;
DROP TABLE returned_day;
DROP TABLE open_stock;
DROP TABLE day_month;
