-- The day whose units are shown: the date of the data, or the last day of an abolished home, so that its history stays.
CREATE TABLE unit_day AS
SELECT least(as_of, coalesce(max(valid_to), as_of)) AS day, as_of > coalesce(max(valid_to), as_of) AS is_reorganised
FROM as_of_date CROSS JOIN rule
LEFT JOIN unit ON unit.unit_code = home_code
GROUP BY as_of;

-- Units with figures, each with the member units that it is the sum of. For a district as home: each commune and office
-- alone, the district as the sum of all, and each successor unit of 2025 as the sum of its former communes; dossiers
-- filed with a successor count for it and for the district. For a province as home, its districts take the place of
-- communes: scope 'commune' is a ranked member, 'district' the home itself. A district without units below it has no
-- member: it is listed without figures.
CREATE TABLE scope_unit AS
WITH in_force AS (
    SELECT unit_code, kind, parent_code, successor_code FROM unit CROSS JOIN unit_day
    WHERE kind IN ('commune', 'district_office', 'land_registry', 'district')
        AND valid_from <= day AND coalesce(valid_to, DATE '2100-01-01') >= day
),
own AS (SELECT in_force.* FROM in_force CROSS JOIN rule WHERE parent_code = home_code),
leaf AS (
    SELECT unit_code, kind, unit_code AS member_code, kind AS member_kind, successor_code FROM own WHERE kind <> 'district'
    UNION ALL
    SELECT own.unit_code, own.kind, below.unit_code, below.kind, below.successor_code
    FROM own LEFT JOIN in_force AS below ON below.parent_code = own.unit_code
    WHERE own.kind = 'district'
),
taken_over AS (
    SELECT DISTINCT successor_code AS unit_code FROM leaf WHERE member_kind = 'commune' AND successor_code IS NOT NULL
)
SELECT unit_code, member_code, CASE WHEN kind IN ('commune', 'district') THEN 'commune' ELSE 'office' END AS scope FROM leaf
UNION ALL
SELECT DISTINCT unit_code, successor_code, 'commune' FROM leaf
WHERE kind = 'district' AND member_kind = 'commune' AND successor_code IS NOT NULL
UNION ALL SELECT home_code, member_code, 'district' FROM leaf CROSS JOIN rule WHERE member_code IS NOT NULL
UNION ALL SELECT home_code, unit_code, 'district' FROM taken_over CROSS JOIN rule
UNION ALL SELECT successor_code, member_code, 'successor' FROM leaf WHERE kind = 'commune' AND successor_code IS NOT NULL
UNION ALL
SELECT DISTINCT successor_code, successor_code, 'successor' FROM leaf
WHERE kind = 'commune' AND successor_code IS NOT NULL;

-- The unit under which a page with one row per unit counts the dossiers of a member.
CREATE VIEW shown_unit AS
SELECT member_code, min(unit_code) AS shown_code FROM scope_unit
WHERE member_code IS NOT NULL AND (scope IN ('commune', 'office') OR (scope = 'successor' AND unit_code = member_code))
GROUP BY member_code;

-- If there are several homes: the other districts and their units. Their reports and initiatives are shown in their own
-- home.
CREATE VIEW foreign_unit AS
SELECT DISTINCT unit.unit_code
FROM unit CROSS JOIN rule
JOIN unit AS district ON district.kind = 'district' AND district.unit_code IN (unit.unit_code, unit.parent_code)
WHERE district.unit_code <> home_code AND coalesce(district.parent_code, '') <> home_code
    AND (SELECT count(*) FROM home) > 1;

-- The Vietnamese words for the home and its members, for sentences and titles.
CREATE VIEW home_word AS
SELECT CASE WHEN kind = 'province' THEN 'tỉnh' WHEN full_name LIKE 'Thành phố%' THEN 'thành phố'
        WHEN full_name LIKE 'Thị xã%' THEN 'thị xã' ELSE 'huyện' END AS level_word,
    CASE WHEN kind = 'province' THEN 'huyện' ELSE 'xã' END AS member_word,
    CASE WHEN kind = 'province' THEN 'huyện, thị xã, thành phố'
        WHEN full_name LIKE 'Thành phố%' OR full_name LIKE 'Thị xã%' THEN 'phường, xã' ELSE 'xã, thị trấn' END AS members_word
FROM rule LEFT JOIN unit ON unit.unit_code = home_code;

-- The district whose scores and ranks are shown: the home; for a province, the district of the settings.
CREATE VIEW ranked_district AS
SELECT CASE WHEN kind = 'province' THEN (SELECT max(value) FROM setting WHERE setting_code = 'home_district')
    ELSE home_code END AS own_district
FROM rule LEFT JOIN unit ON unit.unit_code = home_code;
