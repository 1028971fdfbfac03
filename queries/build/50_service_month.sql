-- measure.csv defines what is counted of dossiers, one row per measure. A line {{received: …}} is repeated for each
-- measure counted there, {{kept: …}} for each measure that the cube keeps. ingest/store/expand.py expands these lines
-- and documents [sql], [sum] and the other placeholders.

-- The months in which each known day of a unit counts: whole months, and months cut to the elapsed part of the current
-- month.
CREATE TABLE day_month AS
SELECT calendar, cut, month, unit_month.unit_code, day
FROM unit_month
JOIN known_day ON known_day.unit_code = unit_month.unit_code AND day BETWEEN first_day AND last_day;

-- Received dossiers by day of receipt.
CREATE TABLE received_day AS
SELECT received_on AS day, unit_code, field_code, channel, service_level, lacks,
    {{received: [sql] AS [measure]}}
FROM dossier
WHERE is_accepted
GROUP BY received_on, unit_code, field_code, channel, service_level, lacks;

-- Dossiers refused at the counter: never accepted, counted on the day they were brought.
CREATE TABLE refused_day AS
SELECT coalesce(received_on, CAST(ineligible_returned_at AS DATE)) AS day, unit_code, field_code, channel, service_level, lacks,
    {{refused: [sql] AS [measure]}}
FROM dossier
WHERE state = 'not_accepted'
GROUP BY coalesce(received_on, CAST(ineligible_returned_at AS DATE)), unit_code, field_code, channel, service_level, lacks;

-- Finished dossiers by day of end.
CREATE TABLE resolved_day AS
SELECT ended_on AS day, unit_code, field_code, channel, service_level, lacks,
    {{resolved: [sql] AS [measure]}}
FROM dossier
WHERE is_accepted AND ended_on IS NOT NULL
GROUP BY ended_on, unit_code, field_code, channel, service_level, lacks;

-- Ineligible dossiers by day of return.
CREATE TABLE returned_day AS
SELECT given_back_on AS day, unit_code, field_code, channel, service_level, lacks,
    {{returned: [sql] AS [measure]}}
FROM dossier
WHERE is_accepted AND given_back_at IS NOT NULL
GROUP BY given_back_on, unit_code, field_code, channel, service_level, lacks;

-- The days of which a unit's stock is needed: the last known day of each whole or cut month, and the day before it.
CREATE TABLE stock_day AS
SELECT unit_code, last_day AS day FROM unit_month
UNION
SELECT unit_code, carry_day FROM unit_month WHERE carry_day IS NOT NULL;

-- Dossiers that were open when a file last told of them, although later files tell of their unit: nobody knows.
CREATE TABLE unclear_stock AS
SELECT day, dossier.unit_code, field_code, channel, service_level, lacks, count(*) AS unclear
FROM dossier
JOIN stock_day ON stock_day.unit_code = dossier.unit_code AND received_on <= day AND told_on < day
WHERE is_accepted AND ended_on IS NULL
GROUP BY day, dossier.unit_code, field_code, channel, service_level, lacks;

-- Open dossiers at the end of each whole or cut month (and before the first one), with their state on that day.
CREATE TABLE open_dossier AS
WITH placed AS (
    SELECT stock_day.day, stock_number.working_number AS stock_number, dossier_code, dossier.unit_code, field_code, channel, service_level, lacks, procedure_code,
        officer_code, late_cause, three_tier, supplement_count, supplement_requested_on, asked_late, late_from, due_number, due_at IS NULL AS by_statute, apology_on,
        apology_timely, reschedule_count, complaint, rating,
        waits_on(supplement_requested_on, supplement_completed_on, stock_day.day) AS is_waiting
    FROM dossier
    JOIN stock_day ON stock_day.unit_code = dossier.unit_code AND received_on <= stock_day.day
        AND coalesce(ended_on, DATE '2100-01-01') > stock_day.day
    JOIN calendar_day AS stock_number ON stock_number.day = stock_day.day
    WHERE is_accepted AND (ended_on IS NOT NULL OR told_on >= stock_day.day)
)
SELECT placed.day, dossier_code, unit_code, field_code, channel, service_level, lacks, procedure_code, officer_code, late_cause, three_tier,
    is_waiting, reschedule_count, complaint, rating,
    by_statute, late_while_open(is_waiting, supplement_count, asked_late, late_from, placed.day) AS is_late,
    greatest(judge_day.working_number - due_number, 0) AS days_over,
    due_number - stock_number AS days_left,
    apology_on <= placed.day AS is_apologised, apology_on <= placed.day AND apology_timely AS is_apologised_timely
FROM placed
JOIN calendar_day AS judge_day ON judge_day.day = judged_on(is_waiting, supplement_requested_on, placed.day);

-- Steps of three-tier dossiers: for open dossiers as of those days, for finished dossiers as of the day of end.
CREATE TABLE judged_step AS
WITH standing AS (
    SELECT open_dossier.day, false AS is_closed, dossier_step.dossier_code, open_dossier.unit_code,
        open_dossier.field_code, open_dossier.channel, step_number, tier, received_at, completed_at, completed_late, late_from
    FROM open_dossier
    JOIN dossier_step ON dossier_step.dossier_code = open_dossier.dossier_code
    WHERE three_tier AND CAST(dossier_step.received_at AS DATE) <= open_dossier.day
    UNION ALL
    SELECT dossier.ended_on, true, dossier_step.dossier_code, dossier.unit_code, dossier.field_code, dossier.channel,
        step_number, tier, dossier_step.received_at, completed_at, completed_late, dossier_step.late_from
    FROM dossier
    JOIN dossier_step ON dossier_step.dossier_code = dossier.dossier_code
    WHERE three_tier AND is_accepted AND end_known AND CAST(dossier_step.received_at AS DATE) <= ended_on
),
judged AS (
    SELECT standing.*, step_open(completed_at, day) AS is_open, step_late(completed_at, completed_late, late_from, day) AS is_late,
        lag(completed_at) OVER (PARTITION BY is_closed, day, dossier_code ORDER BY step_number) AS handed_at
    FROM standing
)
SELECT judged.day, is_closed, dossier_code, unit_code, field_code, channel, step_number, tier, is_open, is_late,
    -- The last open step shows which tier holds the dossier.
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
SELECT open_dossier.day, unit_code, field_code, channel, service_level, lacks,
    {{open: [sql] AS [measure]}}
FROM open_dossier
LEFT JOIN held ON held.day = open_dossier.day AND held.dossier_code = open_dossier.dossier_code
GROUP BY open_dossier.day, unit_code, field_code, channel, service_level, lacks;

-- The cube for pages: month x unit x field x channel. Flows add up over months. Stocks do not: carried_over is that of
-- a period's first month, open_* that of its last month. lacks holds the columns that the files of these dossiers lack; a
-- measure that needs one of them is NULL, and so is carried_over if the day before the month is not known.
CREATE TABLE service_month AS
WITH received AS (
    SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks,
        {{received: [sum] AS [measure]}}
    FROM received_day JOIN day_month USING (day, unit_code)
    GROUP BY calendar, cut, month, unit_code, field_code, channel, service_level, lacks
),
refused AS (
    SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks,
        {{refused: [sum] AS [measure]}}
    FROM refused_day JOIN day_month USING (day, unit_code)
    GROUP BY calendar, cut, month, unit_code, field_code, channel, service_level, lacks
),
resolved AS (
    SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks,
        {{resolved: [sum] AS [measure]}}
    FROM resolved_day JOIN day_month USING (day, unit_code)
    GROUP BY calendar, cut, month, unit_code, field_code, channel, service_level, lacks
),
returned AS (
    SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks,
        {{returned: [sum] AS [measure]}}
    FROM returned_day JOIN day_month USING (day, unit_code)
    GROUP BY calendar, cut, month, unit_code, field_code, channel, service_level, lacks
),
stock AS (
    SELECT calendar, cut, month, open_stock.* EXCLUDE (day)
    FROM open_stock JOIN unit_month ON unit_month.unit_code = open_stock.unit_code AND last_day = day
),
unclear AS (
    SELECT calendar, cut, month, unclear_stock.* EXCLUDE (day)
    FROM unclear_stock JOIN unit_month ON unit_month.unit_code = unclear_stock.unit_code AND last_day = day
),
carried AS (
    SELECT calendar, cut, month, open_stock.unit_code, field_code, channel, service_level, lacks,
        {{carried: [sql] AS [measure]}}
    FROM open_stock JOIN unit_month ON unit_month.unit_code = open_stock.unit_code AND carry_day = day
),
carried_unclear AS (
    SELECT calendar, cut, month, unclear_stock.unit_code, field_code, channel, service_level, lacks, unclear AS unclear_before
    FROM unclear_stock JOIN unit_month ON unit_month.unit_code = unclear_stock.unit_code AND carry_day = day
),
spine AS (
    SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks FROM received
    UNION SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks FROM refused
    UNION SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks FROM resolved
    UNION SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks FROM returned
    UNION SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks FROM stock
    UNION SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks FROM carried
    UNION SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks FROM unclear
    UNION SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks FROM carried_unclear
)
SELECT calendar, cut, month, unit_code, field_code, channel, service_level, lacks,
    {{kept: CASE WHEN [is_known] THEN CAST(coalesce([in_month], 0) AS [type]) END AS [measure]}}
FROM spine
JOIN unit_month USING (calendar, cut, month, unit_code)
LEFT JOIN received USING (calendar, cut, month, unit_code, field_code, channel, service_level, lacks)
LEFT JOIN refused USING (calendar, cut, month, unit_code, field_code, channel, service_level, lacks)
LEFT JOIN resolved USING (calendar, cut, month, unit_code, field_code, channel, service_level, lacks)
LEFT JOIN returned USING (calendar, cut, month, unit_code, field_code, channel, service_level, lacks)
LEFT JOIN stock USING (calendar, cut, month, unit_code, field_code, channel, service_level, lacks)
LEFT JOIN carried USING (calendar, cut, month, unit_code, field_code, channel, service_level, lacks)
LEFT JOIN unclear USING (calendar, cut, month, unit_code, field_code, channel, service_level, lacks)
LEFT JOIN carried_unclear USING (calendar, cut, month, unit_code, field_code, channel, service_level, lacks)
ORDER BY calendar, cut, month, unit_code, field_code, channel, service_level, lacks;

DROP TABLE received_day;
DROP TABLE refused_day;
DROP TABLE resolved_day;
DROP TABLE returned_day;
DROP TABLE open_stock;
DROP TABLE unclear_stock;
DROP TABLE stock_day;
DROP TABLE day_month;
