-- Units in force at the date of the data, with the name in full and the order of the Vietnamese alphabet.
CREATE VIEW current_unit AS
SELECT unit.*, row_number() OVER (ORDER BY icu_sort_key(name, 'vi')) AS name_order
FROM unit CROSS JOIN as_of_date
WHERE valid_from <= as_of AND coalesce(valid_to, DATE '2100-01-01') >= as_of;

-- Numbers as a person writes them here: 1.234,5.
CREATE MACRO vi_number(x, decimals) AS translate(
    CASE WHEN decimals = 0 THEN format('{:,.0f}', round(CAST(x AS DOUBLE), 0)) WHEN decimals = 1 THEN format('{:,.1f}', round(CAST(x AS DOUBLE), 1))
    ELSE format('{:,.2f}', round(CAST(x AS DOUBLE), 2)) END, ',.', '.,');
