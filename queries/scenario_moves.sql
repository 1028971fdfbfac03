-- Những gì một kịch bản làm thay đổi: đơn vị, chỉ tiêu, từ bao nhiêu đến bao nhiêu, điểm của đơn vị tăng bao nhiêu, công sức.
-- returns: unit_code, unit_name, indicator_code, short_name, today, after, change, points_gain, effort, measure
WITH changed AS (
    SELECT *, sum(maximum) FILTER (WHERE share_after IS NOT NULL) OVER (PARTITION BY unit_code) AS known_maximum
    FROM scenario_component($calendar, $period, $index, $moves)
)
SELECT unit_code, current_unit.name AS unit_name, indicator_code, indicator.short_name, changed.value AS today,
    value_after AS after, value_after - changed.value AS change,
    100 * maximum * (share_after - coalesce(share, 0)) / known_maximum AS points_gain,
    -- The district's gain follows from its communes and needs no additional effort.
    CASE WHEN scope <> 'district' THEN changed.effort * 10 * greatest(share_after - coalesce(share, 0), 0) END AS effort, changed.measure
FROM changed
JOIN current_unit USING (unit_code)
JOIN indicator USING (indicator_code)
WHERE value_after IS DISTINCT FROM changed.value AND abs(value_after - coalesce(changed.value, 0)) > 1e-9
ORDER BY scope = 'district' DESC, points_gain DESC NULLS LAST, name_order, indicator.sort
