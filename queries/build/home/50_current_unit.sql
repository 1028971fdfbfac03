-- Units in force on the day of the data (or the district's last), and those that took over from its communes; with the
-- order of the Vietnamese alphabet.
CREATE VIEW current_unit AS
SELECT unit.*, valid_from > day AS is_successor, row_number() OVER (ORDER BY icu_sort_key(name, 'vi'), unit_code) AS name_order
FROM unit CROSS JOIN unit_day
WHERE (valid_from <= day AND coalesce(valid_to, DATE '2100-01-01') >= day)
    OR unit_code IN (SELECT unit_code FROM scope_unit WHERE scope = 'successor');
