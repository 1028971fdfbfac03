-- Số ngày, chi phí bớt mỗi hồ sơ không âm và chỉ ghi cho kiến nghị.
-- table: initiative
-- severity: reject
SELECT row_id, 'days_saved' AS column_name, CAST(days_saved AS VARCHAR) AS value, 'Số ngày bớt không thể âm.' AS reason
FROM incoming WHERE days_saved < 0
UNION ALL
SELECT row_id, 'cost_saved', CAST(cost_saved AS VARCHAR), 'Chi phí bớt không thể âm.'
FROM incoming WHERE cost_saved < 0
UNION ALL
SELECT row_id, 'days_saved', CAST(days_saved AS VARCHAR), 'Chỉ kiến nghị cắt giảm thủ tục mới có số ngày bớt.'
FROM incoming WHERE days_saved >= 0 AND kind <> 'proposal'
UNION ALL
SELECT row_id, 'cost_saved', CAST(cost_saved AS VARCHAR), 'Chỉ kiến nghị cắt giảm thủ tục mới có chi phí bớt.'
FROM incoming WHERE cost_saved >= 0 AND kind <> 'proposal'
