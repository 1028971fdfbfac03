-- Dossier sums of each unit since January, at the end of each whole month: what a year has come to so far.
CREATE TABLE service_since AS
WITH monthly AS (
    SELECT calendar, month, unit_code, lacks,
        {{kept: [sum] AS [measure]}}
    FROM service_month
    WHERE cut = 'full'
    GROUP BY calendar, month, unit_code, lacks
),
since AS (
    SELECT monthly.*, reached.month AS since_month, monthly.month % 12 = 0 AS is_first, monthly.month = reached.month AS is_last,
        false AS carry_known
    FROM monthly
    JOIN (SELECT DISTINCT calendar, month FROM calendar_month) AS reached ON reached.calendar = monthly.calendar
        AND monthly.month BETWEEN reached.month - reached.month % 12 AND reached.month
),
own AS (
    SELECT calendar, since_month, unit_code, lacks,
        {{kept: CASE WHEN [is_known] THEN CAST([over_months] AS [type]) END AS [measure]}}
    FROM since
    GROUP BY calendar, since_month, unit_code, lacks, carry_known
)
SELECT own.*, (since_month // 12) || '-S' || lpad(CAST(since_month % 12 + 1 AS VARCHAR), 2, '0') AS period_code,
    resolved_early + resolved_on_time + resolved_late + open_total AS handled
FROM own
ORDER BY calendar, since_month, unit_code, lacks;
