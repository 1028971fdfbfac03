-- Xếp loại đã công bố của các huyện, thị xã, thành phố theo năm, kèm nguồn.
-- returns: year, class_name, district_names, district_scores, source
SELECT published_class.year, class_band.name AS class_name,
    list(current_unit.name ORDER BY published_class.score DESC NULLS LAST, name_order) AS district_names,
    list(published_class.score ORDER BY published_class.score DESC NULLS LAST, name_order) AS district_scores,
    published_class.source
FROM published_class
JOIN current_unit ON current_unit.unit_code = district_code
LEFT JOIN class_band USING (index_code, class_code)
WHERE index_code = $index
GROUP BY published_class.year, class_band.name, class_band.minimum, published_class.source
ORDER BY published_class.year DESC, class_band.minimum DESC
