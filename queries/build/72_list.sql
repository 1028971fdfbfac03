-- Lists of things of the units, as they were last told; they have no periods.
CREATE TABLE equipment AS
SELECT coalesce(renamed_unit.unit_code, merged_equipment.unit_code) AS unit_code,
    merged_equipment.* EXCLUDE (line, upload_order, simulated, unit_code)
FROM merged_equipment
LEFT JOIN renamed_unit ON renamed_unit.own_code = merged_equipment.unit_code
    AND reported_on BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
ORDER BY unit_code, name;

CREATE TABLE essential_service AS
SELECT * EXCLUDE (line, upload_order, simulated) FROM merged_essential_service ORDER BY unit_code, name;

CREATE TABLE community_team AS
SELECT coalesce(renamed_unit.unit_code, merged_community_team.unit_code) AS unit_code,
    merged_community_team.* EXCLUDE (line, upload_order, simulated, unit_code)
FROM merged_community_team
LEFT JOIN renamed_unit ON renamed_unit.own_code = merged_community_team.unit_code
    AND reported_on BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
ORDER BY unit_code, village;

CREATE TABLE product AS
SELECT coalesce(renamed_unit.unit_code, merged_product.unit_code) AS unit_code,
    merged_product.* EXCLUDE (line, upload_order, simulated, unit_code)
FROM merged_product
LEFT JOIN renamed_unit ON renamed_unit.own_code = merged_product.unit_code
    AND listed_on BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
ORDER BY unit_code, name, platform;
