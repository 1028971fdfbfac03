-- Nhận giải quyết bằng trực tuyến cộng trực tiếp cộng từ kỳ trước.
-- table: service_report
-- severity: reject
-- hint: Kiểm tra lại các cột (3), (4), (5), (6) của dòng.
SELECT row_id, 'handled' AS column_name, CAST(handled AS VARCHAR) AS value,
    'Cột (3) phải bằng (4) + (5) + (6) = ' || (coalesce(received_online, 0) + coalesce(received_direct, 0) + coalesce(carried_over, 0)) || '.' AS reason
FROM incoming
WHERE handled <> coalesce(received_online, 0) + coalesce(received_direct, 0) + coalesce(carried_over, 0)
    AND (received_online IS NOT NULL OR received_direct IS NOT NULL OR carried_over IS NOT NULL)
