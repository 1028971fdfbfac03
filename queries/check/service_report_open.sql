-- Đang giải quyết bằng trong hạn cộng quá hạn.
-- table: service_report
-- severity: reject
-- hint: Kiểm tra lại các cột (11), (12), (13) của dòng.
SELECT row_id, 'open_total' AS column_name, CAST(open_total AS VARCHAR) AS value,
    'Cột (11) phải bằng (12) + (13) = ' || (coalesce(open_in_time, 0) + coalesce(open_late, 0)) || '.' AS reason
FROM incoming
WHERE open_total <> coalesce(open_in_time, 0) + coalesce(open_late, 0)
    AND (open_in_time IS NOT NULL OR open_late IS NOT NULL)
