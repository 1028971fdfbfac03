-- Rows that were refused when the valid rows of a file were published: they are missing until a newer file of the table
-- has them. A row whose key could not be read is missing until the table gets a newer file. newness orders
-- the uploads of a table by the day of which they tell (arrived_upload). awaited_<table> has its rows if some were
-- refused.
CREATE TABLE awaited_row AS
WITH told AS (
    SELECT CAST(NULL AS VARCHAR) AS table_name, CAST(NULL AS INTEGER) AS upload_order, CAST(NULL AS VARCHAR) AS key_hash WHERE false
    {{uploaded: UNION ALL SELECT '[table]', upload_order, [key_hash] FROM awaited_[table]}}
),
newest AS (
    SELECT table_name, max(newness) AS newness
    FROM told JOIN arrived_upload ON arrived_upload.upload_order = told.upload_order
    GROUP BY table_name
),
judged AS (
    SELECT refused_row.table_name, refused_row.upload_order, line, refused_row.unit_code,
        max(CASE WHEN refused_row.key_hash IS NULL THEN newest.newness > own.newness
            ELSE told_upload.newness > own.newness END) AS is_told
    FROM refused_row
    JOIN arrived_upload AS own ON own.upload_order = refused_row.upload_order
    LEFT JOIN told ON told.table_name = refused_row.table_name AND told.key_hash = refused_row.key_hash
    LEFT JOIN arrived_upload AS told_upload ON told_upload.upload_order = told.upload_order
    LEFT JOIN newest ON newest.table_name = refused_row.table_name
    GROUP BY refused_row.table_name, refused_row.upload_order, line, refused_row.key_hash, refused_row.unit_code
)
SELECT DISTINCT table_name, upload_order, line, unit_code
FROM judged
WHERE NOT coalesce(is_told, false)
ORDER BY table_name, upload_order, line, unit_code;

CREATE TABLE refused_upload AS
SELECT table_name, upload_order, CAST(count(DISTINCT line) AS BIGINT) AS missing_rows
FROM awaited_row
GROUP BY table_name, upload_order
ORDER BY table_name, upload_order;

-- Units of which too many rows of a file of dossiers are missing to judge the days that it covers. A row of an unknown
-- unit may be of any of them.
CREATE TABLE thin_upload AS
WITH accepted AS (
    SELECT upload_order, unit_code, count(*) AS row_count FROM awaited_dossier GROUP BY upload_order, unit_code
),
missing AS (
    SELECT upload_order, unit_code, count(DISTINCT line) AS row_count
    FROM awaited_row WHERE table_name = 'dossier'
    GROUP BY upload_order, unit_code
),
concerned AS (
    SELECT upload_order, unit_code FROM missing WHERE unit_code IS NOT NULL
    UNION
    SELECT accepted.upload_order, accepted.unit_code
    FROM accepted JOIN missing ON missing.upload_order = accepted.upload_order AND missing.unit_code IS NULL
),
counted AS (
    SELECT concerned.upload_order, concerned.unit_code, coalesce(max(accepted.row_count), 0) AS accepted_rows,
        sum(missing.row_count) AS missing_rows
    FROM concerned
    JOIN missing ON missing.upload_order = concerned.upload_order
        AND coalesce(missing.unit_code, concerned.unit_code) = concerned.unit_code
    LEFT JOIN accepted ON accepted.upload_order = concerned.upload_order AND accepted.unit_code = concerned.unit_code
    GROUP BY concerned.upload_order, concerned.unit_code
)
SELECT upload_order, unit_code
FROM counted CROSS JOIN rule
WHERE NOT is_enough(accepted_rows, accepted_rows + missing_rows, known_minimum)
ORDER BY upload_order, unit_code;
