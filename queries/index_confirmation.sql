-- Bao nhiêu phần của một thang điểm còn chưa xác nhận: chỉ số thành phần, tiêu chí, ngưỡng xếp loại, mục tiêu.
-- returns: unconfirmed, open_components, components, open_criteria, criteria, open_bands, bands, open_targets, targets
WITH part AS (
    SELECT 'component' AS kind, status FROM component WHERE index_code = $index
    UNION ALL SELECT 'criterion', status FROM criterion WHERE index_code = $index
    UNION ALL SELECT 'band', status FROM class_band WHERE index_code = $index
    UNION ALL
    SELECT 'band', status FROM setting
    WHERE $index = 'all' AND setting_code IN ('score_target', 'score_alert')
    UNION ALL
    SELECT 'target', status FROM indicator_target
    WHERE year = (SELECT max(year) FROM indicator_target) AND indicator_code IN (
        SELECT indicator_code FROM component WHERE index_code = $index
        UNION SELECT indicator_code FROM indicator WHERE $index = 'all' AND weight > 0)
)
SELECT count(*) FILTER (WHERE status <> 'confirmed') AS unconfirmed,
    count(*) FILTER (WHERE kind = 'component' AND status <> 'confirmed') AS open_components,
    count(*) FILTER (WHERE kind = 'component') AS components,
    count(*) FILTER (WHERE kind = 'criterion' AND status <> 'confirmed') AS open_criteria,
    count(*) FILTER (WHERE kind = 'criterion') AS criteria,
    count(*) FILTER (WHERE kind = 'band' AND status <> 'confirmed') AS open_bands, count(*) FILTER (WHERE kind = 'band') AS bands,
    count(*) FILTER (WHERE kind = 'target' AND status <> 'confirmed') AS open_targets,
    count(*) FILTER (WHERE kind = 'target') AS targets
FROM part
