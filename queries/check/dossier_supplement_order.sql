-- Bổ sung xong phải sau khi có yêu cầu bổ sung.
-- table: dossier
-- severity: warning
-- hint: Thời gian bổ sung của hồ sơ này được tính bằng 0.
SELECT row_id, 'supplement_completed_at' AS column_name, CAST(supplement_completed_at AS VARCHAR) AS value,
    'Bổ sung xong trước khi có yêu cầu, hoặc không có ngày yêu cầu.' AS reason
FROM incoming
WHERE supplement_completed_at IS NOT NULL
    AND (supplement_requested_at IS NULL OR supplement_completed_at < supplement_requested_at)
