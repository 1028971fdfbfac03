-- Phải có giá trị, hoặc cả tử số và mẫu số.
-- table: kpi_value
-- severity: reject
-- hint: Điền cột value, hoặc cả numerator và denominator; trong kỳ không phát sinh thì ghi 0 và 0.
SELECT row_id, 'value' AS column_name, '' AS value, 'Không có giá trị, cũng không đủ tử số và mẫu số.' AS reason
FROM incoming
WHERE incoming.value IS NULL AND (numerator IS NULL OR denominator IS NULL OR (denominator = 0 AND numerator <> 0))
