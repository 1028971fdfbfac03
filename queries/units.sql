-- Các đơn vị của huyện: xã, thị trấn (của tỉnh: huyện, thị xã, thành phố) trước, rồi bộ phận của huyện; sau cùng là các đơn vị kế tục từ 01/7/2025.
-- returns: unit_code, name, full_name, kind, area_type, population, population_estimated, population_source, area_km2, successor_name, is_successor, is_member, parts, label
WITH part AS (
    SELECT successor_code, string_agg(full_name, ', ' ORDER BY full_name) AS parts, sum(population) AS population,
        bool_or(population_estimated) AS population_estimated, sum(area_km2) AS area_km2
    FROM current_unit CROSS JOIN rule
    WHERE parent_code = home_code AND current_unit.kind = 'commune'
    GROUP BY successor_code
)
SELECT unit_code, name, full_name, current_unit.kind, coalesce(area_type, '') AS area_type,
    coalesce(current_unit.population, part.population) AS population,
    coalesce(current_unit.population_estimated, part.population_estimated, false) AS population_estimated,
    coalesce(population_source, 'cộng dân số các đơn vị cũ') AS population_source,
    coalesce(current_unit.area_km2, part.area_km2) AS area_km2, successor_name, is_successor,
    current_unit.kind IN ('commune', 'district') AS is_member, coalesce(parts, '') AS parts,
    full_name || CASE WHEN is_successor THEN ' (từ 01/7/2025)' ELSE '' END AS label
FROM current_unit CROSS JOIN rule
LEFT JOIN part ON part.successor_code = current_unit.unit_code AND is_successor
WHERE parent_code = home_code OR is_successor
ORDER BY is_successor, current_unit.kind NOT IN ('commune', 'district'), name_order
