-- Chỉ tiêu tính từ hồ sơ thì không nhập.
-- table: kpi_value
-- severity: reject
-- hint: Bỏ dòng này; chỉ tiêu được tính từ bảng hồ sơ.
SELECT incoming.row_id, 'indicator_code' AS column_name, indicator_code AS value, 'Chỉ tiêu này được tính từ hồ sơ, không nhập.' AS reason
FROM incoming JOIN indicator USING (indicator_code)
WHERE indicator.kind = 'computed'
