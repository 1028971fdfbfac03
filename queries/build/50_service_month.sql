-- Which months each day counts in: whole months, and months cut where the current one stands.
CREATE TABLE day_month AS
SELECT calendar, 'full' AS cut, month, day
FROM calendar_month JOIN calendar_day ON day BETWEEN start_on AND end_on
UNION ALL
SELECT calendar, 'to_date', month, day
FROM calendar_month JOIN calendar_day ON day BETWEEN start_on AND cut_on;

-- What came in, by the day of receipt.
CREATE TABLE received_day AS
SELECT received_on AS day, unit_code, field_code, channel,
    count(*) AS received,
    count(*) FILTER (WHERE service_level = 'full') AS received_full,
    count(*) FILTER (WHERE state = 'stopped') AS received_stopped,
    count(*) FILTER (WHERE supplement_count > 1) AS supplement_repeat,
    count(*) FILTER (WHERE fee_required AND NOT coalesce(fee_zero, false)) AS fee_due,
    count(*) FILTER (WHERE fee_required AND NOT coalesce(fee_zero, false)
        AND online_payment IN ('national_portal', 'agency_gateway')) AS paid_online,
    count(*) FILTER (WHERE digitised_in AND (coalesce(digitised_out, false) OR NOT paper_result)) AS digitised,
    count(*) FILTER (WHERE reused) AS reused,
    count(*) FILTER (WHERE population_db) AS population_db
FROM dossier
WHERE is_accepted
GROUP BY received_on, unit_code, field_code, channel;

-- Refused at the counter: never accepted, counted by the day they were brought.
CREATE TABLE refused_day AS
SELECT coalesce(received_on, CAST(ineligible_returned_at AS DATE)) AS day, unit_code, field_code, channel,
    count(*) AS refused
FROM dossier
WHERE state = 'not_accepted'
GROUP BY coalesce(received_on, CAST(ineligible_returned_at AS DATE)), unit_code, field_code, channel;

-- What was finished, by the day of the end.
CREATE TABLE resolved_day AS
SELECT ended_on AS day, unit_code, field_code, channel,
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
        AND digitised_out) AS result_electronic
FROM dossier
WHERE is_accepted AND ended_on IS NOT NULL
GROUP BY ended_on, unit_code, field_code, channel;

-- Ineligible ones given back, by the day they were.
CREATE TABLE returned_day AS
SELECT CAST(ineligible_returned_at AS DATE) AS day, unit_code, field_code, channel,
    count(*) AS ineligible_returned,
    count(*) FILTER (WHERE returned_in_time) AS ineligible_returned_timely
FROM dossier
WHERE is_accepted AND state = 'stopped' AND ineligible_returned_at IS NOT NULL
GROUP BY CAST(ineligible_returned_at AS DATE), unit_code, field_code, channel;

-- Paper and system in step, by the day of the event.
CREATE TABLE status_day AS
SELECT happened_on AS day, unit_code, field_code, channel,
    count(*) AS status_events,
    count(*) FILTER (WHERE is_timely) AS status_timely
FROM status_event
GROUP BY happened_on, unit_code, field_code, channel;

-- What is open at the end of a day that ends some month, whole or cut (or opens the first one).
CREATE TABLE open_stock AS
WITH stock_day AS (
    SELECT least(end_on, as_of) AS day FROM calendar_month CROSS JOIN as_of_date
    UNION
    SELECT least(cut_on, as_of) FROM calendar_month CROSS JOIN as_of_date
    UNION
    SELECT min(start_on) - 1 FROM calendar_month GROUP BY calendar
),
open_dossier AS (
    SELECT stock_day.day, dossier.*,
        waits_on(supplement_requested_on, supplement_completed_on, stock_day.day) AS is_waiting
    FROM dossier
    JOIN stock_day ON received_on <= stock_day.day AND coalesce(ended_on, DATE '2100-01-01') > stock_day.day
    WHERE is_accepted
),
judged AS (
    SELECT open_dossier.*,
        late_while_open(is_waiting, supplement_count, supplement_requested_on, due_on, open_dossier.day) AS is_late,
        judge_day.working_number - due_number AS days_over
    FROM open_dossier
    JOIN calendar_day AS judge_day
        ON judge_day.day = judged_on(is_waiting, supplement_requested_on, open_dossier.day)
)
SELECT day, unit_code, field_code, channel,
    count(*) AS open_total,
    count(*) FILTER (WHERE is_waiting) AS open_waiting,
    count(*) FILTER (WHERE is_late) AS open_late,
    count(*) FILTER (WHERE is_late AND apology_on <= day) AS open_late_apology,
    count(*) FILTER (WHERE is_late AND apology_on <= day AND apology_timely) AS open_late_apology_timely,
    count(*) FILTER (WHERE is_late AND reschedule_count >= 1) AS open_late_rescheduled,
    count(*) FILTER (WHERE is_late AND reschedule_count > 1) AS open_late_rescheduled_repeat,
    coalesce(sum(greatest(days_over, 0)) FILTER (WHERE is_late), 0) AS open_late_days,
    count(*) FILTER (WHERE coalesce(complaint, false) OR coalesce(rating, '') = 'dissatisfied') AS open_complaint
FROM judged
GROUP BY day, unit_code, field_code, channel;

-- The cube that pages read: month x unit x field x channel. Flows add up over months; of the stocks, carried_over
-- belongs to a period's first month and open_* to its last.
CREATE TABLE service_month AS
WITH received AS (
    SELECT calendar, cut, month, unit_code, field_code, channel,
        sum(received) AS received, sum(received_full) AS received_full, sum(received_stopped) AS received_stopped,
        sum(supplement_repeat) AS supplement_repeat, sum(fee_due) AS fee_due, sum(paid_online) AS paid_online,
        sum(digitised) AS digitised, sum(reused) AS reused, sum(population_db) AS population_db
    FROM received_day JOIN day_month USING (day)
    GROUP BY calendar, cut, month, unit_code, field_code, channel
),
refused AS (
    SELECT calendar, cut, month, unit_code, field_code, channel, sum(refused) AS refused
    FROM refused_day JOIN day_month USING (day)
    GROUP BY calendar, cut, month, unit_code, field_code, channel
),
resolved AS (
    SELECT calendar, cut, month, unit_code, field_code, channel,
        sum(resolved_early) AS resolved_early, sum(resolved_on_time) AS resolved_on_time,
        sum(resolved_late) AS resolved_late, sum(resolved_late_apology) AS resolved_late_apology,
        sum(resolved_late_apology_timely) AS resolved_late_apology_timely,
        sum(resolved_late_rescheduled) AS resolved_late_rescheduled,
        sum(resolved_late_rescheduled_repeat) AS resolved_late_rescheduled_repeat,
        sum(resolved_late_days) AS resolved_late_days, sum(resolved_complaint) AS resolved_complaint,
        sum(resolved_days) AS resolved_days, exact_sum(resolved_statutory_days) AS resolved_statutory_days,
        sum(result_due) AS result_due, sum(result_electronic) AS result_electronic
    FROM resolved_day JOIN day_month USING (day)
    GROUP BY calendar, cut, month, unit_code, field_code, channel
),
returned AS (
    SELECT calendar, cut, month, unit_code, field_code, channel,
        sum(ineligible_returned) AS ineligible_returned,
        sum(ineligible_returned_timely) AS ineligible_returned_timely
    FROM returned_day JOIN day_month USING (day)
    GROUP BY calendar, cut, month, unit_code, field_code, channel
),
told AS (
    SELECT calendar, cut, month, unit_code, field_code, channel,
        sum(status_events) AS status_events, sum(status_timely) AS status_timely
    FROM status_day JOIN day_month USING (day)
    GROUP BY calendar, cut, month, unit_code, field_code, channel
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
    SELECT calendar, cut, month, unit_code, field_code, channel, open_total AS carried_over
    FROM open_stock JOIN month_end ON month_end.start_on - 1 = open_stock.day
),
spine AS (
    SELECT calendar, cut, month, unit_code, field_code, channel FROM received
    UNION SELECT calendar, cut, month, unit_code, field_code, channel FROM refused
    UNION SELECT calendar, cut, month, unit_code, field_code, channel FROM resolved
    UNION SELECT calendar, cut, month, unit_code, field_code, channel FROM returned
    UNION SELECT calendar, cut, month, unit_code, field_code, channel FROM told
    UNION SELECT calendar, cut, month, unit_code, field_code, channel FROM stock
    UNION SELECT calendar, cut, month, unit_code, field_code, channel FROM carried
)
SELECT calendar, cut, month, unit_code, field_code, channel,
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
    CAST(coalesce(status_events, 0) AS BIGINT) AS status_events,
    CAST(coalesce(status_timely, 0) AS BIGINT) AS status_timely,
    CAST(coalesce(open_total, 0) AS BIGINT) AS open_total,
    CAST(coalesce(open_waiting, 0) AS BIGINT) AS open_waiting,
    CAST(coalesce(open_late, 0) AS BIGINT) AS open_late,
    CAST(coalesce(open_late_apology, 0) AS BIGINT) AS open_late_apology,
    CAST(coalesce(open_late_apology_timely, 0) AS BIGINT) AS open_late_apology_timely,
    CAST(coalesce(open_late_rescheduled, 0) AS BIGINT) AS open_late_rescheduled,
    CAST(coalesce(open_late_rescheduled_repeat, 0) AS BIGINT) AS open_late_rescheduled_repeat,
    CAST(coalesce(open_late_days, 0) AS BIGINT) AS open_late_days,
    CAST(coalesce(open_complaint, 0) AS BIGINT) AS open_complaint
FROM spine
LEFT JOIN received USING (calendar, cut, month, unit_code, field_code, channel)
LEFT JOIN refused USING (calendar, cut, month, unit_code, field_code, channel)
LEFT JOIN resolved USING (calendar, cut, month, unit_code, field_code, channel)
LEFT JOIN returned USING (calendar, cut, month, unit_code, field_code, channel)
LEFT JOIN told USING (calendar, cut, month, unit_code, field_code, channel)
LEFT JOIN stock USING (calendar, cut, month, unit_code, field_code, channel)
LEFT JOIN carried USING (calendar, cut, month, unit_code, field_code, channel)
ORDER BY calendar, cut, month, unit_code, field_code, channel;

DROP TABLE received_day;
DROP TABLE refused_day;
DROP TABLE resolved_day;
DROP TABLE returned_day;
DROP TABLE status_day;
DROP TABLE open_stock;
DROP TABLE day_month;
