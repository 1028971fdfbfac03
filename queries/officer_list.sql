-- Những cán bộ từ ngưỡng hồ sơ trễ chưa ghi nguyên nhân trở lên, theo mã; không nêu tên. Chỉ cho người được xem mã cán bộ.
-- returns: officer_code, unit_name, handled, late, unexplained
WITH counted AS (
    SELECT cell.unit_code, officer_code, CAST(sum(handled) AS BIGINT) AS handled, CAST(sum(late) AS BIGINT) AS late,
        CAST(sum(unexplained) AS BIGINT) AS unexplained
    FROM officer_period AS cell
    JOIN scope_unit ON scope_unit.member_code = cell.unit_code AND scope_unit.unit_code = $unit
    WHERE calendar = $calendar AND period_code = $period AND ($field = '' OR field_code = $field) AND ($channel = '' OR channel = $channel)
    GROUP BY cell.unit_code, officer_code HAVING sum(unexplained) > 0
)
SELECT officer_code, unit.name AS unit_name, handled, late, unexplained
FROM counted
JOIN current_unit AS unit USING (unit_code)
WHERE unexplained >= CAST($threshold AS INTEGER)
ORDER BY unexplained DESC, late DESC, unit_name, officer_code
