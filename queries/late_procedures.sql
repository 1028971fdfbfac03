-- Thủ tục có nhiều hồ sơ trễ hạn nhất của một đơn vị trong kỳ.
-- returns: code, name, handled, late, value, measure, status, low_volume, rank
-- needs: -
WITH counted AS (
    SELECT procedure_code AS code, CAST(sum(handled) AS BIGINT) AS handled, CAST(sum(late) AS BIGINT) AS late
    FROM procedure_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
    GROUP BY procedure_code HAVING sum(late) > 0
)
SELECT code, CASE WHEN length(procedure.name) > 96 THEN left(procedure.name, 92) || '…' ELSE procedure.name END AS name,
    handled, late,
    100 * late / handled AS value, '%' AS measure, 'context' AS status, false AS low_volume,
    row_number() OVER (ORDER BY late DESC, code) AS rank
FROM counted
JOIN procedure ON procedure_code = code
ORDER BY rank
LIMIT 8
