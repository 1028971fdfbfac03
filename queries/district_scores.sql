-- Điểm của các huyện, thị xã, thành phố theo một bộ chỉ số và năm, so với năm trước.
-- returns: unit_code, name, tile_row, tile_col, value, place, class_name, class_published, status, low_volume, before, before_place, change, is_better, measure
SELECT now_row.district_code AS unit_code, current_unit.name, tile_row, tile_col, now_row.percent AS value,
    now_row.place, class_band.name AS class_name, now_row.is_published AS class_published,
    CASE WHEN now_row.percent IS NULL THEN 'missing' WHEN now_row.class_code IN ('excellent', 'good') THEN 'met'
        WHEN now_row.class_code = 'fair' THEN 'near' ELSE 'missed' END AS status,
    false AS low_volume, before, before_place, change, percent > before AS is_better, 'điểm' AS measure
FROM index_total_compared AS now_row
JOIN current_unit ON current_unit.unit_code = now_row.district_code
LEFT JOIN class_band ON class_band.index_code = now_row.index_code AND class_band.class_code = now_row.class_code
WHERE now_row.index_code = $index AND now_row.year = $year
ORDER BY now_row.place NULLS LAST, name_order
