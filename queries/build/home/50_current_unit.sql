-- Units in force on the date of the data (or the last day of an abolished district), and the successors of its
-- communes, with their Vietnamese alphabetical order.
CREATE VIEW current_unit AS
SELECT unit.*, valid_from > day AS is_successor, row_number() OVER (ORDER BY icu_sort_key(name, 'vi'), unit_code) AS name_order
FROM unit CROSS JOIN unit_day
WHERE (valid_from <= day AND coalesce(valid_to, DATE '2100-01-01') >= day)
    OR unit_code IN (SELECT unit_code FROM scope_unit WHERE scope = 'successor');

-- How many dossiers are those of the home.
CREATE TABLE home_dossier AS
SELECT count(*) AS dossiers FROM dossier WHERE unit_code NOT IN (SELECT unit_code FROM foreign_unit);
