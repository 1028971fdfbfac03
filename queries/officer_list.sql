-- Những cán bộ từ ngưỡng hồ sơ trễ chưa ghi nguyên nhân trở lên, theo mã; không nêu tên. Chỉ cho người được xem mã cán bộ.
-- returns: officer_code, unit_name, handled, late, unexplained
WITH handled AS (
    SELECT listed.unit_code, officer_code, count(*) AS handled, count(*) FILTER (WHERE is_late) AS late
    FROM listed_dossier($calendar, $period, 'handled') AS listed
    JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
    WHERE officer_code IS NOT NULL AND ($field = '' OR listed.field_code = $field)
        AND ($channel = '' OR listed.channel = $channel)
    GROUP BY listed.unit_code, officer_code
),
unexplained AS (
    SELECT listed.unit_code, officer_code, count(*) AS unexplained
    FROM listed_dossier($calendar, $period, 'unexplained') AS listed
    JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
    WHERE officer_code IS NOT NULL AND ($field = '' OR listed.field_code = $field)
        AND ($channel = '' OR listed.channel = $channel)
    GROUP BY listed.unit_code, officer_code
)
SELECT officer_code, unit.name AS unit_name, handled, late, unexplained
FROM unexplained
JOIN handled USING (unit_code, officer_code)
JOIN current_unit AS unit USING (unit_code)
WHERE unexplained >= CAST($threshold AS INTEGER)
ORDER BY unexplained DESC, late DESC, unit_name, officer_code
