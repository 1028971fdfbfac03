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

-- What analysts sent, by upload: which rows count, and whether they are simulated.
CREATE TABLE row_source AS
SELECT 'dossier' AS table_name, upload_order, coalesce(simulated, false) AS simulated, count(*) AS row_count
FROM merged_dossier GROUP BY upload_order, coalesce(simulated, false)
UNION ALL
SELECT 'dossier_step', upload_order, coalesce(simulated, false), count(*)
FROM merged_dossier_step GROUP BY upload_order, coalesce(simulated, false)
UNION ALL
SELECT 'kpi_value', upload_order, coalesce(simulated, false), count(*)
FROM merged_kpi_value GROUP BY upload_order, coalesce(simulated, false)
UNION ALL
SELECT 'index_score', upload_order, coalesce(simulated, false), count(*)
FROM merged_index_score GROUP BY upload_order, coalesce(simulated, false)
UNION ALL
SELECT 'initiative', upload_order, coalesce(simulated, false), count(*)
FROM merged_initiative GROUP BY upload_order, coalesce(simulated, false)
UNION ALL
SELECT 'unit', upload_order, false, count(*) FROM merged_unit WHERE upload_order > 0 GROUP BY upload_order
UNION ALL
SELECT 'field', upload_order, false, count(*) FROM merged_field WHERE upload_order > 0 GROUP BY upload_order
UNION ALL
SELECT 'procedure', upload_order, false, count(*) FROM merged_procedure WHERE upload_order > 0 GROUP BY upload_order
UNION ALL
SELECT 'holiday', upload_order, false, count(*) FROM merged_holiday WHERE upload_order > 0 GROUP BY upload_order
UNION ALL
SELECT 'late_cause', upload_order, false, count(*) FROM merged_late_cause WHERE upload_order > 0 GROUP BY upload_order
UNION ALL
SELECT 'indicator', upload_order, false, count(*) FROM merged_indicator WHERE upload_order > 0 GROUP BY upload_order
UNION ALL
SELECT 'indicator_target', upload_order, false, count(*)
FROM merged_indicator_target WHERE upload_order > 0 GROUP BY upload_order
UNION ALL
SELECT 'score_index', upload_order, false, count(*) FROM merged_score_index WHERE upload_order > 0 GROUP BY upload_order
UNION ALL
SELECT 'criterion', upload_order, false, count(*) FROM merged_criterion WHERE upload_order > 0 GROUP BY upload_order
UNION ALL
SELECT 'class_band', upload_order, false, count(*) FROM merged_class_band WHERE upload_order > 0 GROUP BY upload_order
UNION ALL
SELECT 'published_class', upload_order, false, count(*)
FROM merged_published_class WHERE upload_order > 0 GROUP BY upload_order
UNION ALL
SELECT 'published_figure', upload_order, false, count(*)
FROM merged_published_figure WHERE upload_order > 0 GROUP BY upload_order
UNION ALL
SELECT 'setting', upload_order, false, count(*) FROM merged_setting WHERE upload_order > 0 GROUP BY upload_order;
