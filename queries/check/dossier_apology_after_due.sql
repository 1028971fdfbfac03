-- Thư xin lỗi phải có trước khi hết hạn.
-- table: dossier
-- severity: warning
SELECT row_id, 'apology_at' AS column_name, CAST(apology_at AS VARCHAR) AS value, 'Thư xin lỗi ban hành sau ngày hẹn trả.' AS reason
FROM incoming
WHERE is_after_due(apology_at, due_at, compares_days())
