-- Có thư xin lỗi nhưng hồ sơ không trễ.
-- table: dossier
-- severity: warning
SELECT row_id, 'apology_at' AS column_name, CAST(apology_at AS VARCHAR) AS value,
    'Có thư xin lỗi nhưng hồ sơ kết thúc trong hạn.' AS reason
FROM incoming
WHERE apology_at IS NOT NULL AND NOT is_after_due(
    end_without_wait(coalesce(processed_at, returned_at, ineligible_returned_at, withdrawn_at), supplement_requested_at, supplement_completed_at, compares_days()),
    due_at, compares_days())
