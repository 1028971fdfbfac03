-- Units in force on the day of the data (or the district's last), and those that took over from its communes; with the
-- order of the Vietnamese alphabet.
CREATE VIEW current_unit AS
SELECT unit.*, valid_from > day AS is_successor, row_number() OVER (ORDER BY icu_sort_key(name, 'vi'), unit_code) AS name_order
FROM unit CROSS JOIN unit_day
WHERE (valid_from <= day AND coalesce(valid_to, DATE '2100-01-01') >= day)
    OR unit_code IN (SELECT unit_code FROM scope_unit WHERE scope = 'successor');

-- Numbers as a person writes them here: 1.234,5.
CREATE MACRO vi_number(x, decimals) AS translate(
    CASE WHEN decimals = 0 THEN format('{:,.0f}', round(CAST(x AS DOUBLE), 0)) WHEN decimals = 1 THEN format('{:,.1f}', round(CAST(x AS DOUBLE), 1))
    ELSE format('{:,.2f}', round(CAST(x AS DOUBLE), 2)) END, ',.', '.,');

-- A value with its unit; the space before it never breaks, so that no line begins with a percent sign.
CREATE MACRO vi_quantity(x, measure) AS
    vi_number(x, CASE WHEN measure IN ('hồ sơ', 'sản phẩm', 'dịch vụ') THEN 0 ELSE 1 END) || chr(160) || measure;

-- A target with its unit: no decimals where it has none.
CREATE MACRO vi_target(x, measure) AS
    vi_number(x, CASE WHEN x = round(x) THEN 0 ELSE 1 END) || chr(160) || measure;

-- A difference with its sign.
CREATE MACRO vi_signed(x) AS CASE WHEN round(x, 1) > 0 THEN '+' WHEN round(x, 1) < 0 THEN '−' ELSE '' END
    || vi_number(abs(x), 1);
