-- Số lượng và đơn giá không âm.
-- table: equipment
-- severity: reject
SELECT row_id, 'required_count' AS column_name, CAST(required_count AS VARCHAR) AS value, 'Số lượng không thể âm.' AS reason
FROM incoming WHERE required_count < 0
UNION ALL
SELECT row_id, 'usable_count', CAST(usable_count AS VARCHAR), 'Số lượng không thể âm.'
FROM incoming WHERE usable_count < 0
UNION ALL
SELECT row_id, 'unit_cost', CAST(unit_cost AS VARCHAR), 'Đơn giá không thể âm.'
FROM incoming WHERE unit_cost < 0
