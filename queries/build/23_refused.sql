-- Rows that were refused when the valid rows of a file were published: they are missing until a newer file of the table
-- has them. A row whose key could not be read is missing until the table gets a newer file. newness orders the uploads
-- of a table by the day of which they tell (arrived_upload). awaited_<table> has its rows if some were refused.
CREATE TABLE refused_upload AS
WITH awaited AS (
    SELECT refused_row.table_name, min(newness) AS since
    FROM refused_row JOIN arrived_upload ON arrived_upload.upload_order = refused_row.upload_order
    GROUP BY refused_row.table_name
),
told AS (
    SELECT CAST(NULL AS VARCHAR) AS table_name, CAST(NULL AS INTEGER) AS newness, CAST(NULL AS VARCHAR) AS key_hash WHERE false
    {{uploaded: UNION ALL SELECT '[table]', newness, [key_hash] FROM awaited_[table] JOIN arrived_upload ON arrived_upload.upload_order = awaited_[table].upload_order CROSS JOIN awaited WHERE awaited.table_name = '[table]' AND newness > since}}
),
newest AS (SELECT table_name, max(newness) AS newness FROM told GROUP BY table_name),
judged AS (
    SELECT refused_row.table_name, refused_row.upload_order, line,
        max(CASE WHEN refused_row.key_hash IS NULL THEN coalesce(newest.newness, 0) > own.newness
            ELSE coalesce(told.newness, 0) > own.newness END) AS is_told
    FROM refused_row
    JOIN arrived_upload AS own ON own.upload_order = refused_row.upload_order
    LEFT JOIN told ON told.table_name = refused_row.table_name AND told.key_hash = refused_row.key_hash
    LEFT JOIN newest ON newest.table_name = refused_row.table_name
    GROUP BY refused_row.table_name, refused_row.upload_order, line, refused_row.key_hash
)
SELECT table_name, upload_order, CAST(count(DISTINCT line) AS BIGINT) AS missing_rows
FROM judged
WHERE NOT is_told
GROUP BY table_name, upload_order
ORDER BY table_name, upload_order;

-- Files of dossiers of which too many rows are missing to judge the days that they cover.
CREATE TABLE thin_upload AS
SELECT refused_upload.upload_order
FROM refused_upload
JOIN arrived_upload ON arrived_upload.upload_order = refused_upload.upload_order
CROSS JOIN rule
WHERE refused_upload.table_name = 'dossier' AND NOT is_enough(accepted, accepted + missing_rows, known_minimum)
ORDER BY refused_upload.upload_order;
