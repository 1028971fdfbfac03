-- Tỷ lệ phần trăm phải từ 0 đến 100; số đếm không âm.
-- table: kpi_value
-- severity: reject
-- hint: Kiểm tra đơn vị đo: tỷ lệ viết 63.5, không viết 0.635.
SELECT incoming.row_id, 'value' AS column_name, CAST(incoming.value AS VARCHAR) AS value, 'Giá trị ngoài khoảng cho phép.' AS reason
FROM incoming JOIN indicator USING (indicator_code)
WHERE incoming.value < 0 OR (indicator.measure = '%' AND incoming.value > 100)
UNION ALL
SELECT incoming.row_id, 'numerator', CAST(numerator AS VARCHAR), 'Tử số âm, hoặc lớn hơn mẫu số của một tỷ lệ.'
FROM incoming JOIN indicator USING (indicator_code)
WHERE numerator < 0 OR (indicator.measure = '%' AND numerator > denominator AND denominator > 0)
UNION ALL
SELECT row_id, 'denominator', CAST(denominator AS VARCHAR), 'Mẫu số không thể âm.'
FROM incoming WHERE denominator < 0
