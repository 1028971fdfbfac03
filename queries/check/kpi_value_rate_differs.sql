-- Tỷ lệ phải bằng tử số chia mẫu số; sai số làm tròn đến nửa điểm phần trăm được chấp nhận.
-- table: kpi_value
-- severity: reject
-- hint: Kiểm tra ba ô của dòng này, hoặc chọn lại cột ở “Cách đọc và ghép cột”; bỏ trống ô tỷ lệ thì tỷ lệ được tính từ tử số và mẫu số.
SELECT incoming.row_id, 'value' AS column_name, CAST(incoming.value AS VARCHAR) AS value,
    'Tỷ lệ ghi trong tệp khác tử số chia mẫu số.' AS reason
FROM incoming JOIN indicator USING (indicator_code)
WHERE indicator.measure = '%' AND denominator > 0
    AND abs(incoming.value - 100 * numerator / denominator) > 0.5 + 1e-9
