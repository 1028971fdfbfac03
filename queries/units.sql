-- Các đơn vị của huyện đang có hiệu lực: xã, thị trấn trước, rồi bộ phận của huyện.
-- returns: unit_code, name, full_name, kind, area_type, population, population_estimated, population_source, area_km2, successor_name
SELECT unit_code, name, full_name, current_unit.kind, area_type, population, population_estimated, population_source,
    area_km2, successor_name
FROM current_unit CROSS JOIN rule
WHERE parent_code = home_district
ORDER BY current_unit.kind <> 'commune', name_order
