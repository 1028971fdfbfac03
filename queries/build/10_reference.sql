-- Sum of numbers with few decimals, independent of the order of addition, so that the same files give the same snapshot
-- bit for bit.
CREATE MACRO exact_sum(x) AS CAST(sum(CAST(x AS DECIMAL(30, 6))) AS DOUBLE);
-- Sum of any numbers in the order of the unique key y; the last bits of the sum depend on the order.
CREATE MACRO ordered_sum(x, y) AS list_sum(list(x ORDER BY y) FILTER (WHERE x IS NOT NULL));
-- Sum of parts, unknown if one of them is unknown: a part is not shown as the whole.
CREATE MACRO whole_sum(x) AS CASE WHEN count(x) = count(*) THEN sum(x) END;
-- Whether enough of a whole is known to judge it; true where nothing is counted.
CREATE MACRO is_enough(known, whole, minimum) AS coalesce(100 * known >= minimum * whole, true);
-- Whether something is told of every known member, or of enough of all: by their number, and by their usual dossiers.
CREATE MACRO told_of_most(units, known_units, communes, all_communes, volume, all_volume, minimum) AS
    units = known_units
    OR (all_communes > 0 AND is_enough(communes, all_communes, minimum) AND is_enough(volume, all_volume, minimum));
-- Round half up, for numbers from 0. round() differs between engines: 2.675 becomes 2.67 here, 2.68 in Spark.
CREATE MACRO rounded(x, decimals) AS floor(x * power(10, decimals) + 0.5) / power(10, decimals);

-- Reference tables for queries: the shipped rows, replaced by uploaded rows with the same key.
-- Codes are reused after a reorganisation (23059 was Ma Lâm, then Hàm Thuận). A later unit is therefore named by its
-- code and its first year: 23059@2025. own_code is the code in the files.
CREATE TABLE unit AS
WITH named AS (
    SELECT * EXCLUDE (line, upload_order, unit_code, successor_code), unit_code AS own_code,
        successor_code AS successor_own_code,
        CASE WHEN valid_from = min(valid_from) OVER (PARTITION BY unit_code) THEN unit_code
            ELSE unit_code || '@' || year(valid_from) END AS unit_code
    FROM merged_unit
)
SELECT named.* EXCLUDE (successor_own_code), successor.unit_code AS successor_code,
    coalesce(successor.full_name, '') AS successor_name
FROM named
LEFT JOIN named AS successor ON successor.own_code = named.successor_own_code
    AND successor.valid_from > named.valid_to
ORDER BY unit_code;

-- Units whose name here differs from their code in the files, with the days for which the code is valid.
CREATE VIEW renamed_unit AS
SELECT own_code, unit_code, valid_from, coalesce(valid_to, DATE '2100-01-01') AS valid_to
FROM unit WHERE unit_code <> own_code;

CREATE TABLE field AS SELECT * EXCLUDE (line, upload_order) FROM merged_field ORDER BY field_code;
CREATE TABLE procedure AS SELECT * EXCLUDE (line, upload_order) FROM merged_procedure ORDER BY procedure_code;
CREATE TABLE holiday AS SELECT * EXCLUDE (line, upload_order) FROM merged_holiday ORDER BY holiday_on;
CREATE TABLE late_cause AS SELECT * EXCLUDE (line, upload_order) FROM merged_late_cause ORDER BY cause_code;
CREATE TABLE alias AS SELECT * EXCLUDE (line, upload_order) FROM merged_alias ORDER BY subject, word;
CREATE TABLE event AS SELECT * EXCLUDE (line, upload_order) FROM merged_event ORDER BY event_code;
-- line keeps the order of the file; indicators are shown in this order.
CREATE TABLE indicator AS
SELECT * EXCLUDE (line, upload_order), row_number() OVER (ORDER BY min_line, indicator_code) AS sort
FROM (SELECT *, line AS min_line FROM merged_indicator)
ORDER BY sort;
CREATE TABLE indicator_target AS SELECT * EXCLUDE (line, upload_order) FROM merged_indicator_target ORDER BY ALL;
CREATE TABLE score_index AS SELECT * EXCLUDE (line, upload_order) FROM merged_score_index ORDER BY index_code;
CREATE TABLE criterion AS SELECT * EXCLUDE (line, upload_order) FROM merged_criterion ORDER BY index_code, sort;
CREATE TABLE component AS SELECT * EXCLUDE (line, upload_order) FROM merged_component ORDER BY index_code, component_code;
CREATE TABLE class_band AS SELECT * EXCLUDE (line, upload_order) FROM merged_class_band ORDER BY index_code, minimum;
CREATE TABLE published_class AS SELECT * EXCLUDE (line, upload_order) FROM merged_published_class ORDER BY ALL;
CREATE TABLE published_figure AS SELECT * EXCLUDE (line, upload_order) FROM merged_published_figure ORDER BY ALL;
CREATE TABLE setting AS SELECT * EXCLUDE (line, upload_order) FROM merged_setting ORDER BY setting_code;
