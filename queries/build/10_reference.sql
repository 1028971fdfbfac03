-- Reference tables as readers see them: the shipped rows, replaced by uploaded ones with the same key.
CREATE TABLE unit AS
SELECT merged_unit.* EXCLUDE (line, upload_order),
    coalesce(successor.full_name, '') AS successor_name
FROM merged_unit
LEFT JOIN (SELECT unit_code AS code, full_name, valid_from AS since FROM merged_unit) AS successor
    ON successor.code = merged_unit.successor_code AND successor.since > merged_unit.valid_to
ORDER BY unit_code, valid_from;

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
CREATE TABLE class_band AS SELECT * EXCLUDE (line, upload_order) FROM merged_class_band ORDER BY index_code, minimum;
CREATE TABLE published_class AS SELECT * EXCLUDE (line, upload_order) FROM merged_published_class ORDER BY ALL;
CREATE TABLE published_figure AS SELECT * EXCLUDE (line, upload_order) FROM merged_published_figure ORDER BY ALL;
CREATE TABLE setting AS SELECT * EXCLUDE (line, upload_order) FROM merged_setting ORDER BY setting_code;
