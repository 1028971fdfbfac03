-- Hồ sơ trực tuyến của thủ tục không cung cấp trực tuyến.
-- table: dossier
-- severity: warning
SELECT incoming.row_id, 'channel' AS column_name, channel AS value, 'Nộp trực tuyến nhưng thủ tục không có dịch vụ công trực tuyến.' AS reason
FROM incoming JOIN procedure USING (procedure_code)
WHERE channel = 'online' AND service_level = 'information'
