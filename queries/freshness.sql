-- Số liệu đến ngày nào, của huyện hoặc tỉnh nào, gồm bao nhiêu hồ sơ; nơi ấy và các đơn vị của nó gọi là gì.
-- returns: as_of, home_code, home_name, home_full_name, dossier_count, is_reorganised, unit_day, level_word, member_word, members_word, has_successors, ranked_code, ranked_name, has_template, by_day, time_status, online_of_offered, full_of_offered, coverage_minimum, low_volume, signal_level, change_level, risk_level
-- Every page asks this, so each part is one row of its own: joined all at once, planning takes ten times as long as the answer.
WITH own AS MATERIALIZED (
    SELECT rule.*, current_unit.name AS home_name, current_unit.full_name AS home_full_name
    FROM rule LEFT JOIN current_unit ON unit_code = home_code
),
ranked AS MATERIALIZED (
    SELECT own_district AS ranked_code, current_unit.name AS ranked_name
    FROM ranked_district LEFT JOIN current_unit ON unit_code = own_district
),
said AS MATERIALIZED (SELECT * FROM home_word),
told AS MATERIALIZED (
    SELECT max(CASE WHEN setting_code = 'home_district' THEN value END) AS set_district,
        max(CASE WHEN setting_code = 'time_rule' THEN status END) AS time_status
    FROM setting
),
counted AS MATERIALIZED (
    SELECT as_of, dossiers AS dossier_count, is_reorganised, unit_day.day AS unit_day,
        (SELECT count(*) FROM scope_unit WHERE scope = 'successor') > 0 AS has_successors
    FROM as_of_date CROSS JOIN unit_day CROSS JOIN home_dossier
)
SELECT as_of, home_code, home_name, home_full_name, dossier_count, is_reorganised, unit_day, level_word, member_word, members_word,
    has_successors, ranked_code, ranked_name,
    -- The shipped Word template is written for the district of the settings.
    level_word <> 'tỉnh' AND home_code = set_district AS has_template,
    by_day, time_status, online_of_offered, full_of_offered, coverage_minimum, low_volume, signal_level, change_level, risk_level
FROM own CROSS JOIN ranked CROSS JOIN said CROSS JOIN told CROSS JOIN counted
