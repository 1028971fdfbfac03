-- Số liệu đến ngày nào, của huyện nào, gồm bao nhiêu hồ sơ.
-- returns: as_of, home_code, home_name, home_full_name, dossier_count, is_reorganised, unit_day
SELECT as_of, home_district AS home_code, current_unit.name AS home_name, current_unit.full_name AS home_full_name,
    (SELECT count(*) FROM dossier) AS dossier_count, is_reorganised,
    unit_day.day AS unit_day
FROM as_of_date
CROSS JOIN rule
CROSS JOIN unit_day
LEFT JOIN current_unit ON current_unit.unit_code = rule.home_district
