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

-- A quantile from the values at the two ranks around its place among all.
CREATE MACRO between_ranks(lower_value, upper_value, place) AS lower_value + (upper_value - lower_value) * (place - floor(place));
