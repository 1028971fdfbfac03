-- Hồ sơ đất đai ba cấp của từng đơn vị tiếp nhận: số hồ sơ, trễ hạn, đang ở cấp nào.
-- returns: code, name, handled, late, late_text, at_commune, at_district, at_province, value, measure, status, low_volume, rank
SELECT shown_code AS code, unit.name, count(*) AS handled, count(*) FILTER (WHERE is_late) AS late,
    vi_quantity(count(*) FILTER (WHERE is_late), 'hồ sơ') || ' · '
        || vi_quantity(100 * count(*) FILTER (WHERE is_late) / count(*), '%') AS late_text,
    count(*) FILTER (WHERE NOT is_resolved AND holder_tier = 'commune') AS at_commune,
    count(*) FILTER (WHERE NOT is_resolved AND holder_tier = 'district') AS at_district,
    count(*) FILTER (WHERE NOT is_resolved AND holder_tier = 'province') AS at_province,
    count(*) FILTER (WHERE is_late) AS value, 'hồ sơ' AS measure, 'context' AS status,
    count(*) < any_value(low_volume) AS low_volume,
    row_number() OVER (ORDER BY count(*) FILTER (WHERE is_late) DESC, count(*), shown_code) AS rank
FROM listed_dossier($calendar, $period, 'land') AS listed
JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
JOIN shown_unit ON shown_unit.member_code = listed.unit_code
JOIN current_unit AS unit ON unit.unit_code = shown_code
CROSS JOIN rule
GROUP BY shown_code, unit.name
ORDER BY rank
