-- Các xã tương đồng với một xã: cùng vùng trước, rồi gần nhất về dân số.
-- returns: unit_code, name, full_name, area_type, population, ratio
SELECT other.unit_code, other.name, other.full_name, other.area_type, other.population,
    other.population / nullif(own.population, 0) AS ratio
FROM current_unit AS own
JOIN current_unit AS other ON other.kind = own.kind AND other.is_successor = own.is_successor
    AND other.unit_code <> own.unit_code AND other.parent_code = own.parent_code
WHERE own.unit_code = $unit AND own.population > 0 AND other.population > 0 AND other.kind IN ('commune', 'district')
ORDER BY other.area_type <> own.area_type, abs(ln(other.population / own.population)), other.name_order
