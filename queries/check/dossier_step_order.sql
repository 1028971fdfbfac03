-- Một bước không thể xong trước khi được nhận.
-- table: dossier_step
-- severity: reject
-- hint: Kiểm tra hai ngày của bước.
SELECT row_id, 'completed_at' AS column_name, CAST(completed_at AS VARCHAR) AS value, 'Ngày xong trước ngày nhận của bước.' AS reason
FROM incoming
WHERE CAST(completed_at AS DATE) < CAST(received_at AS DATE)
