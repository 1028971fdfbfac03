-- The date of the data: the newest day of which a unit's dossiers are known; without dossiers, the end of the newest
-- reported period; with nothing but tasks, the newest day on which one was completed or begun.
CREATE TABLE as_of_date AS
SELECT coalesce(
    (SELECT max(known_to) FROM unit_known),
    (SELECT month_begin(max(last_month_of(period)) + 1) - 1 FROM merged_kpi_value),
    (SELECT max(make_date(year, 12, 31)) FROM merged_index_score),
    -- Points of a period that is not over are those of the day on which the portal gave them.
    (
        SELECT max(CASE WHEN captured_on < month_begin(last_month_of(period) + 1) - 1 THEN captured_on
            WHEN provisional AND captured_on IS NULL THEN NULL ELSE month_begin(last_month_of(period) + 1) - 1 END)
        FROM merged_portal_score
    ),
    (SELECT month_begin(max(last_month_of(period)) + 1) - 1 FROM merged_service_report),
    (SELECT max(coalesce(completed_on, start_on)) FROM merged_initiative),
    DATE '2000-01-01'
) AS as_of;

-- Months of both calendars, from the first month with full data to the month of as_of.
CREATE TABLE calendar_month AS
WITH bound AS (
    SELECT 'solar' AS calendar, solar_month AS month, min(day) AS start_on, max(day) AS end_on
    FROM calendar_day GROUP BY solar_month
    UNION ALL
    SELECT 'reporting', reporting_month, min(day), max(day) FROM calendar_day GROUP BY reporting_month
),
current_month AS (
    SELECT calendar, month, date_diff('day', start_on, as_of) AS day_offset
    FROM bound CROSS JOIN as_of_date WHERE as_of BETWEEN start_on AND end_on
)
SELECT bound.calendar, bound.month, bound.start_on, bound.end_on, current_month.day_offset,
    -- The end of the same number of days as the current month has so far.
    least(bound.start_on + CAST(current_month.day_offset AS INTEGER), bound.end_on) AS cut_on
FROM bound
JOIN current_month ON bound.calendar = current_month.calendar AND bound.month <= current_month.month
CROSS JOIN rule
CROSS JOIN (SELECT coalesce(min(known_from), DATE '2100-01-01') AS first_on FROM unit_known) AS earliest
CROSS JOIN as_of_date
WHERE bound.start_on >= least(
    greatest(rule.data_start, CAST(date_trunc('month', first_on) AS DATE)), CAST(date_trunc('year', as_of) AS DATE))
ORDER BY ALL;

-- Selectable periods: month, quarter, half year and year of both calendars, and months since January that were reported.
CREATE TABLE period AS
WITH labelled AS (
    SELECT calendar, 'month' AS kind, month AS first_month, month AS last_month FROM calendar_month
    UNION ALL
    SELECT calendar, 'quarter', month - month % 3, month - month % 3 + 2
    FROM calendar_month GROUP BY calendar, month - month % 3
    UNION ALL
    SELECT calendar, 'half', month - month % 6, month - month % 6 + 5
    FROM calendar_month GROUP BY calendar, month - month % 6
    UNION ALL
    SELECT calendar, 'year', month - month % 12, month - month % 12 + 11
    FROM calendar_month GROUP BY calendar, month - month % 12
    UNION ALL
    SELECT calendar, 'cumulative', year_begin, year_begin + CAST(right(period, 2) AS INTEGER) - 1
    FROM (SELECT DISTINCT calendar, month - month % 12 AS year_begin FROM calendar_month) AS begun
    JOIN (SELECT period FROM merged_kpi_value UNION SELECT period FROM merged_service_report) AS reported
        ON CAST(left(period, 4) AS INTEGER) * 12 = year_begin AND period LIKE '%-C%'
),
named AS (
    SELECT calendar, kind, first_month, last_month, last_month - first_month + 1 AS month_count,
        last_month // 12 AS year,
        CASE kind
            WHEN 'month' THEN (last_month // 12) || '-' || lpad(CAST(last_month % 12 + 1 AS VARCHAR), 2, '0')
            WHEN 'quarter' THEN (last_month // 12) || '-Q' || (last_month % 12 // 3 + 1)
            WHEN 'half' THEN (last_month // 12) || '-H' || (last_month % 12 // 6 + 1)
            WHEN 'cumulative' THEN (last_month // 12) || '-C' || lpad(CAST(last_month % 12 + 1 AS VARCHAR), 2, '0')
            ELSE CAST(last_month // 12 AS VARCHAR)
        END AS period_code,
        CASE kind
            WHEN 'month' THEN 'Tháng ' || (last_month % 12 + 1) || '/' || (last_month // 12)
            WHEN 'quarter' THEN 'Quý ' || CASE last_month % 12 // 3
                WHEN 0 THEN 'I' WHEN 1 THEN 'II' WHEN 2 THEN 'III' ELSE 'IV'
            END || '/' || (last_month // 12)
            WHEN 'half' THEN '6 tháng ' || CASE last_month % 12 // 6 WHEN 0 THEN 'đầu' ELSE 'cuối' END
                || ' năm ' || (last_month // 12)
            WHEN 'cumulative' THEN 'Lũy kế ' || (last_month % 12 + 1) || ' tháng năm ' || (last_month // 12)
            ELSE 'Năm ' || (last_month // 12)
        END AS title,
        CASE kind
            WHEN 'month' THEN 'T' || (last_month % 12 + 1) || '/' || ((last_month // 12) % 100)
            WHEN 'quarter' THEN CASE last_month % 12 // 3
                WHEN 0 THEN 'I' WHEN 1 THEN 'II' WHEN 2 THEN 'III' ELSE 'IV'
            END || '/' || ((last_month // 12) % 100)
            WHEN 'half' THEN CASE last_month % 12 // 6 WHEN 0 THEN 'Đầu ' ELSE 'Cuối ' END || (last_month // 12)
            WHEN 'cumulative' THEN '1–' || (last_month % 12 + 1) || '/' || ((last_month // 12) % 100)
            ELSE CAST(last_month // 12 AS VARCHAR)
        END AS short_title
    FROM labelled
),
placed AS (
    -- Only periods whose past months all have data: a quarter that began before the data would mislead.
    SELECT named.*, first.start_on,
        last_bound.end_on,
        (SELECT max(month) FROM calendar_month WHERE calendar_month.calendar = named.calendar) AS newest_month
    FROM named
    JOIN calendar_month AS first ON first.calendar = named.calendar AND first.month = named.first_month
    JOIN (
        SELECT 'solar' AS calendar, solar_month AS month, max(day) AS end_on FROM calendar_day GROUP BY solar_month
        UNION ALL
        SELECT 'reporting', reporting_month, max(day) FROM calendar_day GROUP BY reporting_month
    ) AS last_bound ON last_bound.calendar = named.calendar AND last_bound.month = named.last_month
)
SELECT placed.* EXCLUDE (newest_month),
    as_of < placed.end_on AS is_partial,
    least(placed.end_on, as_of) AS judged_on,
    -- Number of its months that have begun; the comparison period is cut to the same number.
    least(placed.month_count, placed.newest_month - placed.first_month + 1) AS begun_months,
    previous.period_code AS previous_code,
    last_year.period_code AS last_year_code
FROM placed
CROSS JOIN as_of_date
LEFT JOIN placed AS previous ON previous.calendar = placed.calendar AND previous.kind = placed.kind
    AND previous.last_month = placed.last_month - placed.month_count
LEFT JOIN placed AS last_year ON last_year.calendar = placed.calendar AND last_year.kind = placed.kind
    AND last_year.last_month = placed.last_month - 12
ORDER BY placed.calendar, placed.kind, placed.last_month;

-- The months of each period: whole ('full'), or cut to the elapsed part of the current period ('to_date').
CREATE TABLE period_month AS
SELECT period.calendar, period.kind, period.period_code, 'full' AS cut, calendar_month.month, 'full' AS month_cut,
    calendar_month.month = first_month AS is_first,
    calendar_month.month = least(last_month, first_month + begun_months - 1) AS is_last
FROM period
JOIN calendar_month ON calendar_month.calendar = period.calendar
    AND calendar_month.month BETWEEN first_month AND last_month
UNION ALL
SELECT period.calendar, period.kind, period.period_code, 'to_date', calendar_month.month,
    CASE WHEN calendar_month.month = first_month + newest.begun_months - 1 THEN 'to_date' ELSE 'full' END,
    calendar_month.month = first_month, calendar_month.month = first_month + newest.begun_months - 1
FROM period
JOIN (
    SELECT calendar, kind, month_count, max_by(begun_months, last_month) AS begun_months
    FROM period GROUP BY calendar, kind, month_count
) AS newest ON newest.calendar = period.calendar AND newest.kind = period.kind
    AND newest.month_count = period.month_count
JOIN calendar_month ON calendar_month.calendar = period.calendar
    AND calendar_month.month BETWEEN first_month AND first_month + newest.begun_months - 1;
