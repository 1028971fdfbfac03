-- Tỷ lệ phần trăm phải từ 0 đến 100; số đếm không âm.
-- table: kpi_value
-- severity: reject
-- hint: Kiểm tra đơn vị đo: tỷ lệ viết 63.5, không viết 0.635.
SELECT incoming.line, 'value' AS column_name, CAST(incoming.value AS VARCHAR) AS value, 'Giá trị ngoài khoảng cho phép.' AS reason
FROM incoming JOIN indicator USING (indicator_code)
WHERE incoming.value < 0 OR (indicator.measure = '%' AND incoming.value > 100)
    OR numerator < 0 OR denominator < 0 OR (indicator.measure = '%' AND numerator > denominator)
