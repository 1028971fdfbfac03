-- Ngày hẹn trả không thể trước ngày tiếp nhận.
-- table: dossier
-- severity: reject
-- hint: Kiểm tra hai ngày; thường do đảo ngày và tháng.
SELECT row_id, 'due_at' AS column_name, CAST(due_at AS VARCHAR) AS value, 'Ngày hẹn trả trước ngày tiếp nhận.' AS reason
FROM incoming
WHERE CAST(due_at AS DATE) < CAST(received_at AS DATE)
