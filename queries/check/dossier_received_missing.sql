-- Hồ sơ đã được tiếp nhận thì phải có ngày tiếp nhận.
-- table: dossier
-- severity: reject
-- hint: Điền ngày tiếp nhận, hoặc sửa trạng thái nếu hồ sơ chưa được tiếp nhận.
SELECT row_id, 'received_at' AS column_name, '' AS value, 'Thiếu ngày tiếp nhận của hồ sơ đã tiếp nhận.' AS reason
FROM incoming
WHERE received_at IS NULL AND state NOT IN ('registered', 'not_accepted')
