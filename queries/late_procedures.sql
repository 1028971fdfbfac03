-- Thủ tục có nhiều hồ sơ trễ hạn nhất của một đơn vị trong kỳ.
-- returns: code, name, handled, late, late_text, value, measure, status, low_volume, rank
SELECT procedure_code AS code,
    CASE WHEN length(procedure.name) > 96 THEN left(procedure.name, 92) || '…' ELSE procedure.name END AS name,
    count(*) AS handled, count(*) FILTER (WHERE is_late) AS late,
    vi_quantity(count(*) FILTER (WHERE is_late), 'hồ sơ') || ' · '
        || vi_quantity(100 * count(*) FILTER (WHERE is_late) / count(*), '%') AS late_text,
    100 * count(*) FILTER (WHERE is_late) / count(*) AS value, '%' AS measure, 'context' AS status,
    false AS low_volume, row_number() OVER (ORDER BY count(*) FILTER (WHERE is_late) DESC, procedure_code) AS rank
FROM period_dossier($calendar, $period) AS listed
JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
JOIN procedure USING (procedure_code)
WHERE ($field = '' OR listed.field_code = $field) AND ($channel = '' OR listed.channel = $channel)
GROUP BY procedure_code, procedure.name
HAVING count(*) FILTER (WHERE is_late) > 0
ORDER BY rank
LIMIT 8
