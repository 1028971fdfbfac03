-- Hồ sơ trễ hạn phải có thư xin lỗi.
-- table: dossier
-- severity: warning
-- hint: Ban hành phiếu xin lỗi và hẹn lại ngày trả kết quả.
SELECT row_id, 'apology_at' AS column_name, '' AS value, 'Kết thúc sau ngày hẹn mà không có thư xin lỗi.' AS reason
FROM incoming
WHERE apology_at IS NULL AND CAST(coalesce(processed_at, returned_at) AS DATE) > CAST(due_at AS DATE)
