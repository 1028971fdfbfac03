-- Những cán bộ từ ngưỡng hồ sơ trễ chưa ghi nguyên nhân trở lên, theo mã; không nêu tên. Chỉ cho người được xem mã cán bộ.
-- returns: officer_code, unit_name, handled, late, unexplained
-- needs: officer_code late_cause
WITH counted AS (
    SELECT unit_code, officer_code, CAST(sum(handled) AS BIGINT) AS handled, CAST(sum(late) AS BIGINT) AS late,
        CAST(sum(unexplained) AS BIGINT) AS unexplained
    FROM officer_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
    GROUP BY unit_code, officer_code HAVING sum(unexplained) > 0
)
SELECT officer_code, unit.name AS unit_name, handled, late, unexplained
FROM counted
JOIN current_unit AS unit USING (unit_code)
WHERE unexplained >= CAST($threshold AS INTEGER)
ORDER BY unexplained DESC, late DESC, unit_name, officer_code
