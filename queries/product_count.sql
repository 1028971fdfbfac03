-- Bao nhiêu sản phẩm đang bán ở bao nhiêu gian hàng, bao nhiêu gian chưa có đơn; xã nào báo không có, xã nào chưa kê.
-- returns: units, told_units, silent_names, further_units, none_units, products, stalls, unsold
WITH report AS (
    -- A commune that has no product lists none: its newest report of indicator S08 says so.
    SELECT unit_code, max_by("value", last_month) AS reported
    FROM kpi_value
    WHERE indicator_code = 'S08' AND last_month <= year(CAST($judged_on AS DATE)) * 12 + month(CAST($judged_on AS DATE)) - 1
    GROUP BY unit_code
),
told AS (
    SELECT unit_code, unit.name, name_order, unit_code IN (SELECT unit_code FROM product) AS is_listed, coalesce(reported = 0, false) AS is_none
    FROM reporting_unit($unit, false) AS unit
    LEFT JOIN report USING (unit_code)
),
counted AS (
    SELECT count(*) AS units, count(*) FILTER (WHERE is_listed OR is_none) AS told_units,
        first_names(list(name ORDER BY name_order) FILTER (WHERE NOT (is_listed OR is_none))) AS silent_names,
        further_names(list(name) FILTER (WHERE NOT (is_listed OR is_none))) AS further_units,
        count(*) FILTER (WHERE is_none AND NOT is_listed) AS none_units
    FROM told
),
sold AS (
    SELECT count(DISTINCT (unit_code, product.name)) AS products, count(*) AS stalls, count(*) FILTER (WHERE orders = 0) AS unsold
    FROM product_on(CAST($judged_on AS DATE)) AS product JOIN told USING (unit_code)
)
SELECT * FROM counted CROSS JOIN sold
