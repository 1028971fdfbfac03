-- Bao nhiêu phần của một thang điểm còn chưa xác nhận: chỉ số thành phần, tiêu chí, ngưỡng xếp loại, mục tiêu.
-- returns: unconfirmed, sentence
WITH part AS (
    SELECT 1 AS position, 'chỉ số thành phần' AS title, status FROM component WHERE index_code = $index
    UNION ALL SELECT 2, 'tiêu chí', status FROM criterion WHERE index_code = $index
    UNION ALL SELECT 3, 'ngưỡng xếp loại', status FROM class_band WHERE index_code = $index
    UNION ALL
    SELECT 3, 'ngưỡng xếp loại', status FROM setting
    WHERE $index = 'all' AND setting_code IN ('score_target', 'score_alert')
    UNION ALL
    SELECT 4, 'mục tiêu của chỉ tiêu', status FROM indicator_target
    WHERE year = (SELECT max(year) FROM indicator_target) AND indicator_code IN (
        SELECT indicator_code FROM component WHERE index_code = $index
        UNION SELECT indicator_code FROM indicator WHERE $index = 'all' AND weight > 0)
),
counted AS (
    SELECT position, title, count(*) FILTER (WHERE status <> 'confirmed') AS unconfirmed, count(*) AS total
    FROM part GROUP BY position, title
)
SELECT coalesce(sum(unconfirmed), 0) AS unconfirmed,
    coalesce(string_agg(unconfirmed || '/' || total || ' ' || title, ', ' ORDER BY position)
        FILTER (WHERE unconfirmed > 0), '') AS sentence
FROM counted
