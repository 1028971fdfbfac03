-- A sum of numbers with few decimals, the same in whichever order threads take them: the same files make the same
-- snapshot, to the last bit.
CREATE MACRO exact_sum(x) AS CAST(sum(CAST(x AS DECIMAL(18, 6))) AS DOUBLE);
-- A sum of any numbers in the order of y, which tells them apart: the last bits depend on it.
CREATE MACRO ordered_sum(x, y) AS list_sum(list(x ORDER BY y) FILTER (WHERE x IS NOT NULL));
-- Half up, for numbers from 0. round() works on other digits in other engines: 2.675 becomes 2.67 here, 2.68 in Spark.
CREATE MACRO rounded(x, decimals) AS floor(x * power(10, decimals) + 0.5) / power(10, decimals);
-- A time of 00:00:00 is a date without a time: then dates are compared, not clocks.
CREATE MACRO is_date_only(moment) AS moment = CAST(CAST(moment AS DATE) AS TIMESTAMP);

-- Reference tables as readers see them: the shipped rows, replaced by uploaded ones with the same key.
-- Codes are used again after a reorganisation (23059 was Ma Lâm, then Hàm Thuận), so that a later unit is named by
-- its code and the year of its beginning: 23059@2025. own_code is what files call it.
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

-- Units whose name here is not the code in the files, with the days on which the code means them.
CREATE VIEW renamed_unit AS
SELECT own_code, unit_code, valid_from, coalesce(valid_to, DATE '2100-01-01') AS valid_to
FROM unit WHERE unit_code <> own_code;

CREATE TABLE field AS SELECT * EXCLUDE (line, upload_order) FROM merged_field ORDER BY field_code;
CREATE TABLE procedure AS SELECT * EXCLUDE (line, upload_order) FROM merged_procedure ORDER BY procedure_code;
CREATE TABLE holiday AS SELECT * EXCLUDE (line, upload_order) FROM merged_holiday ORDER BY holiday_on;
CREATE TABLE late_cause AS SELECT * EXCLUDE (line, upload_order) FROM merged_late_cause ORDER BY cause_code;
-- line keeps the order of the file, which is the order in which indicators are shown.
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
