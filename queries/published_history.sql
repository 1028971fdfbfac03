-- Xếp loại đã công bố của các huyện, thị xã, thành phố, kèm nguồn.
-- returns: year, district_code, name, score, class_name, source
SELECT published_class.year, district_code, current_unit.name, published_class.score, class_band.name AS class_name,
    published_class.source
FROM published_class
JOIN current_unit ON current_unit.unit_code = district_code
LEFT JOIN class_band USING (index_code, class_code)
WHERE index_code = $index
ORDER BY published_class.year DESC, class_band.minimum DESC, published_class.score DESC NULLS LAST, name_order
