-- Số hồ sơ không âm.
-- table: service_report
-- severity: reject
-- hint: Sửa lại số của ô này.
SELECT row_id, column_name, CAST(amount AS VARCHAR) AS value, 'Số hồ sơ không thể âm.' AS reason
FROM (UNPIVOT incoming ON handled, received_online, received_direct, carried_over, resolved, resolved_early, resolved_on_time, resolved_late, open_total, open_in_time, open_late
    INTO NAME column_name VALUE amount)
WHERE amount < 0
