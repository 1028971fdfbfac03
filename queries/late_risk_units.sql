-- Hồ sơ sắp trễ của từng đơn vị: bao nhiêu hồ sơ chưa trễ, bao nhiêu dễ trễ, cộng khả năng thì chừng bao nhiêu sẽ trễ.
-- returns: code, name, watched, risky, expected_late, value, measure, status, low_volume, rank
WITH counted AS (
    SELECT shown_code AS code, count(*) AS watched, count(CASE WHEN 100 * chance >= risk_level THEN 1 END) AS risky, sum(chance) AS expected_late
    FROM newest_risk($calendar, $period) AS risk
    JOIN shown_members_of($unit) USING (unit_code)
    CROSS JOIN rule
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
    GROUP BY shown_code
)
SELECT code, unit.name, watched, risky, expected_late, risky AS value, 'hồ sơ' AS measure, 'context' AS status, false AS low_volume,
    row_number() OVER (ORDER BY risky DESC, expected_late DESC, code) AS rank
FROM counted
JOIN current_unit AS unit ON unit.unit_code = code
ORDER BY rank
