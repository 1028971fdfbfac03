-- Who sent what: rows in force by table, upload, unit and month, from the first month with data to the month of as_of.
-- A dossier counts in the month of its receipt, a step in the month of its dossier; a reported value in the months for
-- which it is the newest (see reported_value); a form in every month of its period; an initiative while it runs.
CREATE TABLE sent_month AS
WITH kpi AS (
    SELECT upload_order, unit_code, period, last_month_of(period) AS last_month, CASE
            WHEN period LIKE '%-C%' THEN 1 WHEN frequency = 'year' THEN 12 WHEN frequency = 'half' THEN 6
            WHEN frequency = 'quarter' THEN 3 ELSE 1
        END AS months
    FROM merged_kpi_value JOIN indicator USING (indicator_code)
),
form AS (
    SELECT upload_order, unit_code, last_month_of(period) AS last_month, CASE
            WHEN length(period) = 4 THEN 12 WHEN period LIKE '%H%' THEN 6 WHEN period LIKE '%Q%' THEN 3
            WHEN period LIKE '%-C%' THEN CAST(right(period, 2) AS INTEGER) ELSE 1
        END AS months
    FROM merged_service_report
),
told AS (
    SELECT 'dossier' AS table_name, upload_order, unit_code, year(received_at) * 12 + month(received_at) - 1 AS first_month,
        year(received_at) * 12 + month(received_at) - 1 AS last_month
    FROM merged_dossier WHERE received_at IS NOT NULL
    UNION ALL
    SELECT 'dossier_step', step.upload_order, raw.unit_code, year(raw.received_at) * 12 + month(raw.received_at) - 1,
        year(raw.received_at) * 12 + month(raw.received_at) - 1
    FROM merged_dossier_step AS step JOIN merged_dossier AS raw ON raw.dossier_code = step.dossier_code
    WHERE raw.received_at IS NOT NULL
    UNION ALL
    SELECT 'kpi_value', upload_order, unit_code, last_month, last_month + months - 1 FROM kpi
    UNION ALL
    SELECT 'service_report', upload_order, unit_code, last_month - months + 1, last_month FROM form
    UNION ALL
    SELECT 'initiative', upload_order, unit_code, year(begun_on) * 12 + month(begun_on) - 1,
        coalesce(year(over_on) * 12 + month(over_on) - 1, 999999)
    FROM (
        SELECT upload_order, unit_code, coalesce(start_on, due_on, completed_on, DATE '1900-01-01') AS begun_on,
            coalesce(completed_on, CASE WHEN percent >= 100 THEN due_on END) AS over_on
        FROM merged_initiative
    ) AS work
)
SELECT table_name, upload_order, coalesce(renamed_unit.unit_code, told.unit_code) AS unit_code, calendar_month.month,
    count(*) AS row_count
FROM told
JOIN calendar_month ON calendar = 'solar' AND calendar_month.month BETWEEN first_month AND last_month
LEFT JOIN renamed_unit ON renamed_unit.own_code = told.unit_code
    AND calendar_month.start_on BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
GROUP BY table_name, upload_order, coalesce(renamed_unit.unit_code, told.unit_code), calendar_month.month
ORDER BY table_name, upload_order, unit_code, calendar_month.month;
