-- Thứ hạng của các huyện, thị xã, thành phố theo một bộ chỉ số qua các năm.
-- returns: year, district_code, name, rank, value, class_name, measure
SELECT index_total.year, district_code, current_unit.name, place AS rank, percent AS value,
    class_band.name AS class_name, 'điểm' AS measure
FROM index_total
JOIN current_unit ON current_unit.unit_code = district_code
LEFT JOIN class_band USING (index_code, class_code)
WHERE index_code = $index AND place IS NOT NULL
ORDER BY index_total.year, place, name_order
