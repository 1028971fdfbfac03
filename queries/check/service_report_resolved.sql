-- Đã giải quyết bằng trước hạn cộng đúng hạn cộng quá hạn.
-- table: service_report
-- severity: reject
-- hint: Kiểm tra lại các cột (7), (8), (9), (10) của dòng.
SELECT row_id, 'resolved' AS column_name, CAST(resolved AS VARCHAR) AS value,
    'Cột (7) phải bằng (8) + (9) + (10) = ' || (coalesce(resolved_early, 0) + coalesce(resolved_on_time, 0) + coalesce(resolved_late, 0)) || '.' AS reason
FROM incoming
WHERE resolved <> coalesce(resolved_early, 0) + coalesce(resolved_on_time, 0) + coalesce(resolved_late, 0)
    AND (resolved_early IS NOT NULL OR resolved_on_time IS NOT NULL OR resolved_late IS NOT NULL)
