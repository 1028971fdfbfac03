-- Bao nhiêu thiết bị còn thiếu, ở bao nhiêu nơi, cần chừng bao nhiêu tiền; nơi nào chưa kê.
-- returns: units, told_units, silent_names, further_units, short_units, short_count, cost, unpriced
WITH told AS (
    SELECT unit_code, unit.name, name_order, equipment.unit_code IS NOT NULL AS is_told, greatest(required_count - usable_count, 0) AS short,
        unit_cost
    FROM reporting_unit($unit, true) AS unit
    LEFT JOIN equipment USING (unit_code)
),
named AS (SELECT DISTINCT unit_code, name, name_order, is_told FROM told),
counted AS (
    SELECT count(*) AS units, count(*) FILTER (WHERE is_told) AS told_units,
        first_names(list(name ORDER BY name_order) FILTER (WHERE NOT is_told)) AS silent_names,
        further_names(list(name) FILTER (WHERE NOT is_told)) AS further_units
    FROM named
)
SELECT counted.*, count(DISTINCT unit_code) FILTER (WHERE short > 0) AS short_units, CAST(coalesce(sum(short), 0) AS BIGINT) AS short_count,
    coalesce(exact_sum(short * unit_cost), 0) AS cost, count(*) FILTER (WHERE short > 0 AND unit_cost IS NULL) AS unpriced
FROM counted LEFT JOIN told ON true
GROUP BY ALL
