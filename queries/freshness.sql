-- Số liệu đến ngày nào, của huyện hoặc tỉnh nào, gồm bao nhiêu hồ sơ; nơi ấy và các đơn vị của nó gọi là gì.
-- returns: as_of, home_code, home_name, home_full_name, dossier_count, is_reorganised, unit_day, level_word, member_word, members_word, has_successors, ranked_code, ranked_name, has_template, by_day, time_status, online_of_offered, full_of_offered, coverage_minimum, low_volume, signal_level, change_level, risk_level
SELECT as_of, rule.home_code, current_unit.name AS home_name, current_unit.full_name AS home_full_name,
    (SELECT dossiers FROM home_dossier) AS dossier_count, is_reorganised,
    unit_day.day AS unit_day, level_word, member_word, members_word,
    (SELECT count(*) FROM scope_unit WHERE scope = 'successor') > 0 AS has_successors,
    own_district AS ranked_code, ranked.name AS ranked_name,
    -- The shipped Word template is written for the district of the settings.
    level_word <> 'tỉnh' AND rule.home_code = (SELECT max(value) FROM setting WHERE setting_code = 'home_district') AS has_template,
    rule.by_day, (SELECT max(status) FROM setting WHERE setting_code = 'time_rule') AS time_status,
    rule.online_of_offered, rule.full_of_offered, rule.coverage_minimum, rule.low_volume,
    rule.signal_level, rule.change_level, rule.risk_level
FROM as_of_date
CROSS JOIN rule
CROSS JOIN unit_day
CROSS JOIN home_word
CROSS JOIN ranked_district
LEFT JOIN current_unit ON current_unit.unit_code = rule.home_code
LEFT JOIN current_unit AS ranked ON ranked.unit_code = own_district
