-- Đơn vị nào đã gửi số liệu của một bảng cho tháng nào, trong 12 tháng dương lịch đến hết kỳ: đủ, một phần, chưa có, hay không phải gửi.
-- returns: table_name, unit_code, unit_name, full_name, unit_sort, period_code, period_title, short_title, sort, filing, known, expected, known_to, older_known, rows_known, row_count, upload_orders
WITH span AS (
    -- Earlier months than the twelve tell up to when a unit is known.
    SELECT until.*, calendar_month.start_on, calendar_month.end_on
    FROM month_until($calendar, $period) AS until
    JOIN calendar_month ON calendar_month.calendar = 'solar' AND calendar_month.month = until.month
),
own AS (
    FROM shown_members_of((SELECT home_code FROM rule))
    UNION SELECT shown_code, shown_code FROM shown_members_of((SELECT home_code FROM rule))
    UNION SELECT home_code, home_code FROM rule
),
place AS (
    SELECT shown_code, month, CAST(sum(all_days) AS BIGINT) AS days
    FROM own
    JOIN unit_period USING (unit_code)
    JOIN span ON span.period_code = unit_period.period_code
    WHERE unit_period.calendar = 'solar' AND cut = 'full'
    GROUP BY shown_code, month
),
told AS (
    SELECT shown_code, month, sum(known_days) AS known, NULL AS expected, max(last_day) AS known_on,
        min(CASE WHEN known_days > 0 AND flow_days < known_days THEN 0 ELSE 1 END) AS older_known,
        min(CASE WHEN known_days > 0 AND row_days < known_days THEN 0 ELSE 1 END) AS rows_known
    FROM unit_period JOIN own USING (unit_code) JOIN span ON span.period_code = unit_period.period_code
    WHERE $table = 'dossier' AND unit_period.calendar = 'solar' AND cut = 'full'
    GROUP BY shown_code, month
    UNION ALL
    -- Land dossiers of three tiers, and those whose steps are known.
    SELECT shown_code, month, count(step.dossier_code), count(*), NULL, 1, 1
    FROM dossier
    JOIN own USING (unit_code)
    JOIN span ON received_on BETWEEN start_on AND end_on
    LEFT JOIN (SELECT DISTINCT dossier_code FROM dossier_step) AS step USING (dossier_code)
    WHERE $table = 'dossier_step' AND three_tier AND is_accepted
    GROUP BY shown_code, month
    UNION ALL
    -- Indicators with a value that is still valid in the month, as the unit itself reported it.
    SELECT shown_code, month, count(DISTINCT indicator_code), NULL, NULL, 1, 1
    FROM reported_value
    JOIN own USING (unit_code)
    JOIN span ON span.period_code = reported_value.period_code
    JOIN indicator USING (indicator_code)
    WHERE $table = 'kpi_value' AND reported_value.calendar = 'solar' AND known_units IS NULL AND indicator.kind = 'reported'
    GROUP BY shown_code, month
    UNION ALL
    -- One form is expected; an initiative is expected of nobody.
    SELECT shown_code, sent_month.month, CASE WHEN $table = 'initiative' THEN sum(row_count) ELSE 1 END,
        CASE WHEN $table = 'initiative' THEN sum(row_count) END, NULL, 1, 1
    FROM sent_month JOIN own USING (unit_code)
    WHERE $table IN ('service_report', 'initiative') AND table_name = $table
    GROUP BY shown_code, sent_month.month
),
sent AS (
    SELECT shown_code, month, CAST(sum(row_count) AS BIGINT) AS row_count,
        array_to_string(list_sort(list(DISTINCT upload_order)), ' ') AS upload_orders
    FROM sent_month JOIN own USING (unit_code)
    WHERE table_name = $table
    GROUP BY shown_code, month
),
cell AS (
    SELECT place.*, end_on, period_code, title, short_title, coalesce(known, 0) AS known, known_on, coalesce(older_known, 1) = 1 AS older_known,
        coalesce(rows_known, 1) = 1 AS rows_known, expected AS own_expected,
        unit.name, unit.full_name, age,
        CASE WHEN shown_code = home_code THEN 3 WHEN unit.kind IN ('commune', 'district') THEN 1 ELSE 2 END AS place_group
    FROM place
    JOIN unit ON unit.unit_code = shown_code
    JOIN span USING (month)
    CROSS JOIN rule
    LEFT JOIN told USING (shown_code, month)
),
counted AS (
    SELECT cell.*, CAST(CASE $table WHEN 'dossier' THEN days WHEN 'service_report' THEN CASE WHEN days > 0 THEN 1 ELSE 0 END
            -- As many as the best informed unit of its kind.
            WHEN 'kpi_value' THEN CASE WHEN days > 0 THEN greatest(1, max(CASE WHEN age <= 12 THEN known END) OVER (PARTITION BY place_group)) ELSE 0 END
            ELSE coalesce(own_expected, 0) END AS BIGINT) AS expected,
        -- Communes are expected to report; an office or the district itself only what it once did, indicators always.
        max(CASE WHEN place_group = 1 AND days > 0 OR known > 0 OR place_group = 3 AND $table = 'kpi_value' THEN 1 ELSE 0 END)
            OVER (PARTITION BY shown_code) AS is_shown,
        max(CASE WHEN known > 0 THEN coalesce(known_on, end_on) END) OVER (PARTITION BY shown_code ORDER BY month) AS known_to
    FROM cell
)
SELECT $table AS table_name, shown_code AS unit_code, name AS unit_name, full_name,
    dense_rank() OVER (ORDER BY place_group, icu_sort_key(name, 'vi'), shown_code) AS unit_sort,
    period_code, title AS period_title, short_title, 13 - age AS sort,
    CASE WHEN expected = 0 AND known = 0 THEN 'none' WHEN known = 0 THEN 'missing' WHEN known < expected OR NOT older_known OR NOT rows_known THEN 'part'
        ELSE 'whole' END AS filing,
    CAST(known AS BIGINT) AS known, expected, known_to, older_known, rows_known, coalesce(row_count, 0) AS row_count, coalesce(upload_orders, '') AS upload_orders
FROM counted LEFT JOIN sent USING (shown_code, month)
WHERE age <= 12 AND is_shown = 1
ORDER BY unit_sort, sort
