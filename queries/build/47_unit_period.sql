-- How much of each month and period is known of each unit. A unit is judged on its own last known day: a month of which
-- its files tell nothing has no row here, and no figure.

-- Months whole (full), and cut to the elapsed part of the current month (to_date). A unit that is behind others in the
-- current month is compared with as many days as it has.
CREATE TABLE unit_month AS
WITH span AS (
    SELECT calendar, 'full' AS cut, month, start_on, least(end_on, as_of) AS last_on
    FROM calendar_month CROSS JOIN as_of_date
    UNION ALL
    SELECT calendar, 'to_date', month, start_on, least(cut_on, as_of) FROM calendar_month CROSS JOIN as_of_date
),
own AS (
    SELECT calendar, cut, month, start_on, unit_known.unit_code,
        -- As many days as the unit itself has in the current month, if it has any.
        CASE WHEN cut = 'to_date' AND known_to >= current_begin
            THEN least(last_on, start_on + CAST(date_diff('day', current_begin, known_to) AS INTEGER)) ELSE last_on END AS last_on
    FROM span
    CROSS JOIN unit_known
    JOIN (
        SELECT calendar AS current_calendar, max(start_on) AS current_begin FROM calendar_month GROUP BY calendar
    ) AS current_month ON current_calendar = calendar
),
counted AS (
    SELECT calendar, cut, month, own.unit_code, min(known_day.day) AS first_day, max(known_day.day) AS last_day,
        -- Only days on which the unit is in force: a successor's files tell of a dissolved unit as well.
        count(CASE WHEN known_day.day BETWEEN valid_from AND coalesce(valid_to, DATE '2100-01-01') THEN 1 END) AS known_days,
        -- Days of which also the end of older dossiers is known.
        count(CASE WHEN known_day.older_known AND known_day.day BETWEEN valid_from AND coalesce(valid_to, DATE '2100-01-01')
            THEN 1 END) AS flow_days,
        -- Days of which enough rows are known.
        count(CASE WHEN known_day.rows_known AND known_day.day BETWEEN valid_from AND coalesce(valid_to, DATE '2100-01-01')
            THEN 1 END) AS row_days,
        -- The day before the month, if it is known: the stock of that day is carried over. It is complete if the older ones
        -- are known on the first day: a file that has all of them tells which were open when its days began. What comes in
        -- and ends on days without a file is unknown, so after a gap the carry-over no longer fits to what is open.
        max(eve.day) AS carry_day,
        max(eve.day) IS NOT NULL AND max(CASE WHEN known_day.day = start_on AND known_day.older_known THEN 1 ELSE 0 END) = 1
            AND count(known_day.day) = date_diff('day', min(start_on), max(known_day.day)) + 1 AS carry_known
    FROM own
    JOIN unit ON unit.unit_code = own.unit_code
    JOIN known_day ON known_day.unit_code = own.unit_code AND known_day.day BETWEEN start_on AND last_on
    LEFT JOIN known_day AS eve ON eve.unit_code = own.unit_code AND eve.day = start_on - 1
    GROUP BY calendar, cut, month, own.unit_code
)
-- Whether what is open at the end is complete.
SELECT counted.*, ending.older_known AS open_known
FROM counted
JOIN known_day AS ending ON ending.unit_code = counted.unit_code AND ending.day = last_day
ORDER BY calendar, cut, month, counted.unit_code;

-- The known months of each period and unit; the stock of a period is that of its last known month.
CREATE TABLE unit_period_month AS
SELECT period_month.calendar, kind, period_code, period_month.cut, period_month.month, month_cut, unit_code, known_days, flow_days, row_days, open_known,
    last_day, max(CASE WHEN is_first THEN 1 ELSE 0 END) OVER (
        PARTITION BY period_month.calendar, period_code, period_month.cut, unit_code) = 1
        AND min(CASE WHEN carry_known THEN 1 ELSE 0 END) OVER (
            PARTITION BY period_month.calendar, period_code, period_month.cut, unit_code) = 1 AS carry_known,
    is_first,
    period_month.month = max(period_month.month) OVER (
        PARTITION BY period_month.calendar, period_code, period_month.cut, unit_code) AS is_last
FROM period_month
JOIN unit_month ON unit_month.calendar = period_month.calendar AND unit_month.month = period_month.month
    AND unit_month.cut = period_month.month_cut
ORDER BY period_month.calendar, period_code, period_month.cut, unit_code, period_month.month;

-- Days known of the days that have passed, for every unit that is in force in the period.
CREATE TABLE unit_period AS
WITH told AS (
    SELECT calendar, period_code, cut, unit_code, sum(known_days) AS known_days, sum(flow_days) AS flow_days,
        sum(row_days) AS row_days, max(last_day) AS last_day,
        max(CASE WHEN carry_known THEN 1 ELSE 0 END) = 1 AS carry_known,
        max(CASE WHEN is_last AND open_known THEN 1 ELSE 0 END) = 1 AS open_known
    FROM unit_period_month
    GROUP BY calendar, period_code, cut, unit_code
),
span AS (
    SELECT period.calendar, period.period_code, period_month.cut, min(calendar_month.start_on) AS start_on,
        max(CASE WHEN month_cut = 'full' THEN least(calendar_month.end_on, as_of) ELSE least(cut_on, as_of) END) AS last_on
    FROM period
    JOIN period_month ON period_month.calendar = period.calendar AND period_month.period_code = period.period_code
    JOIN calendar_month ON calendar_month.calendar = period_month.calendar AND calendar_month.month = period_month.month
    CROSS JOIN as_of_date
    GROUP BY period.calendar, period.period_code, period_month.cut
)
SELECT span.calendar, span.period_code, span.cut, unit.unit_code, coalesce(known_days, 0) AS known_days,
    coalesce(flow_days, 0) AS flow_days, coalesce(row_days, 0) AS row_days,
    greatest(0, date_diff('day', greatest(start_on, valid_from), least(last_on, coalesce(valid_to, last_on))) + 1) AS all_days,
    last_day, coalesce(carry_known, false) AS carry_known, coalesce(open_known, false) AS open_known
FROM span
CROSS JOIN unit
LEFT JOIN told ON told.calendar = span.calendar AND told.period_code = span.period_code AND told.cut = span.cut
    AND told.unit_code = unit.unit_code
ORDER BY span.calendar, span.period_code, span.cut, unit.unit_code;

-- How many dossiers a unit usually receives on a day, over its known days. It weighs the units that are missing in a period,
-- and is shown nowhere.
CREATE TABLE unit_volume AS
WITH spanned AS (
    SELECT known_day.unit_code, count(*) AS days
    FROM known_day
    JOIN unit ON unit.unit_code = known_day.unit_code AND day BETWEEN valid_from AND coalesce(valid_to, DATE '2100-01-01')
    GROUP BY known_day.unit_code
),
received AS (
    SELECT unit_code, count(*) AS dossiers FROM dossier WHERE is_accepted AND receipt_known GROUP BY unit_code
)
SELECT spanned.unit_code, CAST(coalesce(dossiers, 0) AS DOUBLE) / days AS daily_dossiers
FROM spanned LEFT JOIN received ON received.unit_code = spanned.unit_code
ORDER BY spanned.unit_code;
