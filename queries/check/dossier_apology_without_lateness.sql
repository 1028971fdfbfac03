-- Có thư xin lỗi nhưng hồ sơ không trễ.
-- table: dossier
-- severity: warning
SELECT row_id, 'apology_at' AS column_name, CAST(apology_at AS VARCHAR) AS value,
    'Có thư xin lỗi nhưng hồ sơ kết thúc trong hạn.' AS reason
FROM incoming
WHERE apology_at IS NOT NULL AND CAST(coalesce(processed_at, returned_at) AS DATE) <= CAST(due_at AS DATE)
