-- Hạn và ngày hoàn thành không trước ngày bắt đầu; tiến độ từ 0 đến 100.
-- table: initiative
-- severity: reject
SELECT row_id, 'due_on' AS column_name, CAST(due_on AS VARCHAR) AS value, 'Hạn trước ngày bắt đầu.' AS reason
FROM incoming WHERE due_on < start_on
UNION ALL
SELECT row_id, 'completed_on', CAST(completed_on AS VARCHAR), 'Ngày hoàn thành trước ngày bắt đầu.'
FROM incoming WHERE completed_on < start_on
UNION ALL
SELECT row_id, 'percent', CAST(percent AS VARCHAR), 'Tiến độ ngoài 0 đến 100.'
FROM incoming WHERE percent < 0 OR percent > 100
