-- Một bước không thể xong trước khi được nhận.
-- table: dossier_step
-- severity: reject
-- hint: Kiểm tra hai ngày của bước.
SELECT row_id, 'completed_at' AS column_name, CAST(completed_at AS VARCHAR) AS value,
    CASE WHEN CAST(completed_at AS DATE) < CAST(received_at AS DATE) THEN 'Ngày xong trước ngày nhận của bước.'
        ELSE 'Giờ xong trước giờ nhận của bước trong cùng ngày.' END AS reason
FROM incoming
WHERE CAST(completed_at AS DATE) < CAST(received_at AS DATE)
    -- On one day only clock times tell the order: a date alone is midnight.
    OR (completed_at < date_trunc('minute', received_at) AND CAST(completed_at AS TIME) <> TIME '00:00:00')
