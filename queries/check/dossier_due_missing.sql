-- Hồ sơ đã tiếp nhận nên có ngày hẹn trả.
-- table: dossier
-- severity: warning
-- hint: Kiểm tra cột ngày hẹn trả nếu hồ sơ có phiếu hẹn.
SELECT row_id, 'due_at' AS column_name, '' AS value, 'Hồ sơ không có ngày hẹn, tính theo thời hạn thủ tục.' AS reason
FROM incoming
WHERE due_at IS NULL AND received_at IS NOT NULL AND state NOT IN ('registered', 'not_accepted')
