-- Nhận giải quyết bằng đã giải quyết cộng đang giải quyết.
-- table: service_report
-- severity: reject
-- hint: Kiểm tra lại các cột (3), (7), (11) của dòng.
SELECT row_id, 'handled' AS column_name, CAST(handled AS VARCHAR) AS value,
    'Cột (3) phải bằng (7) + (11) = ' || (coalesce(resolved, 0) + coalesce(open_total, 0)) || '.' AS reason
FROM incoming
WHERE handled <> coalesce(resolved, 0) + coalesce(open_total, 0)
