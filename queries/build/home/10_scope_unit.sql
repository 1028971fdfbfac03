-- The day whose units are shown: that of the data, or the home district's last one, so that its history stays.
CREATE TABLE unit_day AS
SELECT least(as_of, coalesce(max(valid_to), as_of)) AS day, as_of > coalesce(max(valid_to), as_of) AS is_reorganised
FROM as_of_date CROSS JOIN rule
LEFT JOIN unit ON unit.unit_code = home_district
GROUP BY as_of;

-- Units whose period figures are kept, each with the units it is the sum of: communes and offices alone, the district
-- as all of them, and the units that took over in 2025 as the communes they were made of. What is filed with a new
-- unit after it began counts for that and for the district.
CREATE TABLE scope_unit AS
WITH own AS (
    SELECT unit_code, kind, successor_code FROM unit CROSS JOIN unit_day CROSS JOIN rule
    WHERE parent_code = home_district AND kind IN ('commune', 'district_office', 'land_registry')
        AND valid_from <= day AND coalesce(valid_to, DATE '2100-01-01') >= day
),
taken_over AS (SELECT DISTINCT successor_code AS unit_code FROM own WHERE kind = 'commune' AND successor_code IS NOT NULL)
SELECT unit_code, unit_code AS member_code, CASE WHEN kind = 'commune' THEN 'commune' ELSE 'office' END AS scope FROM own
UNION ALL SELECT home_district, unit_code, 'district' FROM own CROSS JOIN rule
UNION ALL SELECT home_district, unit_code, 'district' FROM taken_over CROSS JOIN rule
UNION ALL SELECT successor_code, unit_code, 'successor' FROM own WHERE kind = 'commune' AND successor_code IS NOT NULL
UNION ALL SELECT unit_code, unit_code, 'successor' FROM taken_over;
