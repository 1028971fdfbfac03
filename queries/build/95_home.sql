-- Homes: the units from whose point of view figures are shown. They are the district of the settings and, if there is
-- data of several districts, each of these districts and its province. Each home except that of the settings has its
-- own schema, in which the statements of home/ run again.
CREATE TABLE home AS
WITH told AS (SELECT unit_code FROM dossier UNION SELECT unit_code FROM kpi_value),
district AS (
    SELECT DISTINCT district.unit_code, district.parent_code
    FROM told
    JOIN unit AS own ON own.unit_code = told.unit_code
    JOIN unit AS district ON district.kind = 'district' AND district.unit_code IN (own.unit_code, own.parent_code)
),
several AS (SELECT unit_code, parent_code FROM district CROSS JOIN (SELECT count(*) AS districts FROM district) WHERE districts > 1),
code AS (
    SELECT home_code FROM rule
    -- A district without units below it has nothing to show.
    UNION SELECT several.unit_code FROM several JOIN unit ON unit.parent_code = several.unit_code
    UNION SELECT several.parent_code FROM several JOIN unit ON unit.unit_code = several.parent_code
)
SELECT code.home_code, CASE WHEN code.home_code = rule.home_code THEN 'main' ELSE 'home_' || code.home_code END AS schema_name,
    unit.kind, unit.name, unit.full_name, unit.parent_code
FROM code
CROSS JOIN rule
LEFT JOIN unit ON unit.unit_code = code.home_code
ORDER BY code.home_code;
