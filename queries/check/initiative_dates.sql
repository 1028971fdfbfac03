-- Hạn không trước ngày bắt đầu; tiến độ từ 0 đến 100.
-- table: initiative
-- severity: reject
SELECT line, 'due_on' AS column_name, CAST(due_on AS VARCHAR) AS value, 'Hạn trước ngày bắt đầu, hoặc tiến độ ngoài 0 đến 100.' AS reason
FROM incoming
WHERE due_on < start_on OR completed_on < start_on OR percent < 0 OR percent > 100
