-- Rows that were refused when the valid rows of a file were published: they are missing until a later file of the table
-- has them. A row whose key could not be read is missing until the table gets a later file.
CREATE TABLE refused_upload AS
WITH awaited AS (SELECT table_name, min(upload_order) AS since FROM refused_row GROUP BY table_name),
told AS (
    SELECT CAST(NULL AS VARCHAR) AS table_name, CAST(NULL AS INTEGER) AS upload_order, CAST(NULL AS VARCHAR) AS key_hash WHERE false
    {{uploaded: UNION ALL SELECT '[table]', upload_order, [key_hash] FROM merged_[table] CROSS JOIN awaited WHERE awaited.table_name = '[table]' AND upload_order > since}}
),
newest AS (SELECT table_name, max(upload_order) AS upload_order FROM told GROUP BY table_name),
judged AS (
    SELECT refused_row.table_name, refused_row.upload_order, line,
        max(CASE WHEN refused_row.key_hash IS NULL THEN coalesce(newest.upload_order, 0) > refused_row.upload_order
            ELSE coalesce(told.upload_order, 0) > refused_row.upload_order END) AS is_told
    FROM refused_row
    LEFT JOIN told ON told.table_name = refused_row.table_name AND told.key_hash = refused_row.key_hash
    LEFT JOIN newest ON newest.table_name = refused_row.table_name
    GROUP BY refused_row.table_name, refused_row.upload_order, line, refused_row.key_hash
)
SELECT table_name, upload_order, CAST(count(DISTINCT line) AS BIGINT) AS missing_rows
FROM judged
WHERE NOT is_told
GROUP BY table_name, upload_order
ORDER BY table_name, upload_order;
