-- Thủ tục có nhiều hồ sơ trễ hạn nhất của một đơn vị trong kỳ.
-- returns: code, name, handled, late, value, measure, status, low_volume, rank
WITH counted AS (
    SELECT procedure_code AS code, CAST(sum(handled) AS BIGINT) AS handled, CAST(sum(late) AS BIGINT) AS late
    FROM procedure_period
    JOIN scope_unit ON scope_unit.member_code = procedure_period.unit_code AND scope_unit.unit_code = $unit
    WHERE calendar = $calendar AND period_code = $period
        AND ($field = '' OR field_code = $field) AND ($channel = '' OR channel = $channel)
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
