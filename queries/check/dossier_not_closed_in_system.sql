-- Giấy đã xong nhưng hệ thống điện tử chưa kết thúc.
-- table: dossier
-- severity: warning
-- hint: Kết thúc hồ sơ trên hệ thống một cửa rồi xuất lại.
SELECT row_id, 'state' AS column_name, state AS value, 'Đã có ngày xử lý xong nhưng trạng thái vẫn đang giải quyết.' AS reason
FROM incoming
WHERE (processed_at IS NOT NULL OR returned_at IS NOT NULL)
    AND state IN ('received', 'processing', 'supplement_requested', 'fee_requested')
