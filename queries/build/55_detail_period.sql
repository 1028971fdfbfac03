-- Sums over periods that need more detail than the cube: causes, steps and used time, procedures, officers, durations.
-- A period handles finished dossiers, counted on their day of end, and open dossiers, judged on the period's last day.
-- Its figure is therefore the sum of its months' finished dossiers plus the stock of its last month.

-- The last known day of each unit in each period, for its stock, and the months of each period, for its flow.
CREATE TABLE period_stock AS
SELECT calendar, period_code, unit_code, last_day AS day FROM unit_period_month WHERE cut = 'full' AND is_last;

CREATE TABLE period_flow AS
SELECT period_month.calendar, period_month.period_code, solar_month, reporting_month
FROM period_month
JOIN (SELECT DISTINCT solar_month, reporting_month FROM calendar_day) AS pair
    ON period_month.month = CASE period_month.calendar WHEN 'solar' THEN solar_month ELSE reporting_month END
WHERE period_month.cut = 'full';

-- Dossier counts of the lists by cause, by late step and by band of used time; subset_code is the name of the list.
CREATE TABLE detail_period AS
WITH ended AS (
    SELECT ended_on AS day, unit_code, field_code, channel, 'cause_' || late_cause AS subset_code
    FROM dossier WHERE is_accepted AND end_known AND ended_late AND late_cause IS NOT NULL
    UNION ALL
    SELECT ended_on, unit_code, field_code, channel, 'resolved_used_' || used_band
    FROM dossier WHERE is_accepted AND end_known AND used_band IS NOT NULL
    UNION ALL
    SELECT ended_on, unit_code, field_code, channel, 'ineligible_used_' || used_band
    FROM dossier WHERE is_accepted AND end_known AND is_ineligible AND used_band IS NOT NULL
    UNION ALL
    SELECT day, unit_code, field_code, channel, step_code(step_number, tier)
    FROM judged_step WHERE is_closed AND is_late
),
standing AS (
    SELECT day, unit_code, field_code, channel, 'cause_' || late_cause AS subset_code
    FROM open_dossier WHERE is_late AND late_cause IS NOT NULL
    UNION ALL
    SELECT day, unit_code, field_code, channel, step_code(step_number, tier)
    FROM judged_step WHERE NOT is_closed AND is_late
),
ended_month AS (
    SELECT solar_month, reporting_month, unit_code, field_code, channel, subset_code, count(*) AS dossiers
    FROM ended JOIN calendar_day USING (day)
    GROUP BY solar_month, reporting_month, unit_code, field_code, channel, subset_code
),
standing_day AS (
    SELECT day, unit_code, field_code, channel, subset_code, count(*) AS dossiers
    FROM standing GROUP BY day, unit_code, field_code, channel, subset_code
),
together AS (
    SELECT calendar, period_code, unit_code, field_code, channel, subset_code, dossiers
    FROM ended_month JOIN period_flow USING (solar_month, reporting_month)
    UNION ALL
    SELECT calendar, period_code, unit_code, field_code, channel, subset_code, dossiers
    FROM standing_day JOIN period_stock USING (unit_code, day)
)
SELECT calendar, period_code, unit_code, field_code, channel, subset_code, CAST(sum(dossiers) AS BIGINT) AS dossiers
FROM together
GROUP BY calendar, period_code, unit_code, field_code, channel, subset_code
ORDER BY calendar, period_code, unit_code, field_code, channel, subset_code;

CREATE TABLE procedure_period AS
WITH received_month AS (
    SELECT solar_month, reporting_month, unit_code, procedure_code, field_code, channel, count(*) AS received
    FROM dossier JOIN calendar_day ON calendar_day.day = received_on
    WHERE is_accepted AND receipt_known
    GROUP BY solar_month, reporting_month, unit_code, procedure_code, field_code, channel
),
ended_month AS (
    SELECT solar_month, reporting_month, unit_code, procedure_code, field_code, channel, count(*) AS handled,
        count(*) FILTER (WHERE ended_late) AS late
    FROM dossier JOIN calendar_day ON calendar_day.day = ended_on
    WHERE is_accepted AND end_known
    GROUP BY solar_month, reporting_month, unit_code, procedure_code, field_code, channel
),
standing_day AS (
    SELECT day, unit_code, procedure_code, field_code, channel, count(*) AS handled, count(*) FILTER (WHERE is_late) AS late
    FROM open_dossier
    GROUP BY day, unit_code, procedure_code, field_code, channel
),
together AS (
    SELECT calendar, period_code, unit_code, procedure_code, field_code, channel, received, 0 AS handled, 0 AS late
    FROM received_month JOIN period_flow USING (solar_month, reporting_month)
    UNION ALL
    SELECT calendar, period_code, unit_code, procedure_code, field_code, channel, 0, handled, late
    FROM ended_month JOIN period_flow USING (solar_month, reporting_month)
    UNION ALL
    SELECT calendar, period_code, unit_code, procedure_code, field_code, channel, 0, handled, late
    FROM standing_day JOIN period_stock USING (unit_code, day)
)
SELECT calendar, period_code, unit_code, procedure_code, field_code, channel, CAST(sum(received) AS BIGINT) AS received,
    CAST(sum(handled) AS BIGINT) AS handled, CAST(sum(late) AS BIGINT) AS late
FROM together
GROUP BY calendar, period_code, unit_code, procedure_code, field_code, channel
ORDER BY calendar, period_code, unit_code, procedure_code, channel;

-- Officers by code, never by name. Late dossiers without a cause count against them, unless their file has no causes.
CREATE TABLE officer_period AS
WITH ended_month AS (
    SELECT solar_month, reporting_month, unit_code, field_code, channel, officer_code, count(*) AS handled,
        count(*) FILTER (WHERE ended_late) AS late, count(*) FILTER (WHERE ended_late AND late_cause IS NULL AND lacks NOT LIKE '% late_cause %')
            AS unexplained
    FROM dossier JOIN calendar_day ON calendar_day.day = ended_on
    WHERE is_accepted AND end_known AND officer_code IS NOT NULL
    GROUP BY solar_month, reporting_month, unit_code, field_code, channel, officer_code
),
standing_day AS (
    SELECT day, unit_code, field_code, channel, officer_code, count(*) AS handled, count(*) FILTER (WHERE is_late) AS late,
        count(*) FILTER (WHERE is_late AND late_cause IS NULL AND lacks NOT LIKE '% late_cause %') AS unexplained
    FROM open_dossier
    WHERE officer_code IS NOT NULL
    GROUP BY day, unit_code, field_code, channel, officer_code
),
together AS (
    SELECT calendar, period_code, unit_code, field_code, channel, officer_code, handled, late, unexplained
    FROM ended_month JOIN period_flow USING (solar_month, reporting_month)
    UNION ALL
    SELECT calendar, period_code, unit_code, field_code, channel, officer_code, handled, late, unexplained
    FROM standing_day JOIN period_stock USING (unit_code, day)
)
SELECT calendar, period_code, unit_code, field_code, channel, officer_code, CAST(sum(handled) AS BIGINT) AS handled,
    CAST(sum(late) AS BIGINT) AS late, CAST(sum(unexplained) AS BIGINT) AS unexplained
FROM together
GROUP BY calendar, period_code, unit_code, field_code, channel, officer_code
ORDER BY calendar, period_code, unit_code, officer_code, field_code, channel;

-- Finished dossiers by working days used and working days allowed; medians of any selection are computed from these.
CREATE TABLE duration_period AS
WITH ended_month AS (
    SELECT solar_month, reporting_month, unit_code, field_code, channel, statutory_days, ended_working_days, count(*) AS dossiers
    FROM dossier JOIN calendar_day ON calendar_day.day = ended_on
    WHERE is_accepted AND end_known AND statutory_days > 0
    GROUP BY solar_month, reporting_month, unit_code, field_code, channel, statutory_days, ended_working_days
)
SELECT calendar, period_code, unit_code, field_code, channel, statutory_days, ended_working_days,
    CAST(sum(dossiers) AS BIGINT) AS dossiers
FROM ended_month JOIN period_flow USING (solar_month, reporting_month)
GROUP BY calendar, period_code, unit_code, field_code, channel, statutory_days, ended_working_days
ORDER BY calendar, period_code, unit_code, field_code, channel, statutory_days, ended_working_days;

CREATE TABLE land_step_period AS
WITH ended_month AS (
    SELECT solar_month, reporting_month, unit_code, step_number, tier, count(*) AS steps,
        count(*) FILTER (WHERE is_open) AS open_steps, count(*) FILTER (WHERE is_late) AS late_steps,
        sum(working_days) AS working_days, count(handover_days) AS handovers, sum(handover_days) AS handover_days
    FROM judged_step JOIN calendar_day USING (day)
    WHERE is_closed
    GROUP BY solar_month, reporting_month, unit_code, step_number, tier
),
standing_day AS (
    SELECT day, unit_code, step_number, tier, count(*) AS steps, count(*) FILTER (WHERE is_open) AS open_steps,
        count(*) FILTER (WHERE is_late) AS late_steps, sum(working_days) AS working_days,
        count(handover_days) AS handovers, sum(handover_days) AS handover_days
    FROM judged_step
    WHERE NOT is_closed
    GROUP BY day, unit_code, step_number, tier
),
together AS (
    SELECT calendar, period_code, unit_code, step_number, tier, steps, open_steps, late_steps, working_days, handovers,
        handover_days
    FROM ended_month JOIN period_flow USING (solar_month, reporting_month)
    UNION ALL
    SELECT calendar, period_code, unit_code, step_number, tier, steps, open_steps, late_steps, working_days, handovers,
        handover_days
    FROM standing_day JOIN period_stock USING (unit_code, day)
)
SELECT calendar, period_code, unit_code, step_number, tier, CAST(sum(steps) AS BIGINT) AS steps,
    CAST(sum(open_steps) AS BIGINT) AS open_steps, CAST(sum(late_steps) AS BIGINT) AS late_steps,
    CAST(sum(working_days) AS BIGINT) AS working_days, CAST(sum(handovers) AS BIGINT) AS handovers,
    CAST(coalesce(sum(handover_days), 0) AS BIGINT) AS handover_days
FROM together
GROUP BY calendar, period_code, unit_code, step_number, tier
ORDER BY calendar, period_code, unit_code, step_number, tier;

DROP TABLE open_dossier;
DROP TABLE judged_step;
DROP TABLE period_stock;
DROP TABLE period_flow;
