-- Từng ô của một biểu II.06 bên cạnh số tính từ hồ sơ, chỗ lệch nhiều nhất trước.
-- returns: field_name, column_number, figure_title, reported, computed, difference
SELECT coalesce(field.name, 'Tất cả lĩnh vực') AS field_name, column_number, title AS figure_title, reported, computed,
    reported - computed AS difference
FROM service_report_check
LEFT JOIN field USING (field_code)
WHERE unit_code = $unit AND period = $period
ORDER BY abs(reported - computed) DESC NULLS LAST, field_name, column_number
