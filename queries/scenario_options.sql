-- Mọi việc một xã có thể làm: đưa một chỉ tiêu lên mức đủ điểm; công sức, điểm của xã và của huyện được thêm.
-- returns: unit_code, unit_name, indicator_code, component_code, short_name, value, goal, effort, unit_gain, district_gain, district_room, measure
WITH raised AS (
    SELECT *, sum(maximum) FILTER (WHERE share IS NOT NULL) OVER (PARTITION BY unit_code) AS known_maximum
    FROM scenario_component($calendar, $period, $index, '[{"unit":"all","indicator":"all","value":null}]')
),
weighed AS (
    SELECT told.key AS indicator_code, CAST(told.value AS DOUBLE) AS effort FROM json_each($efforts) AS told
)
SELECT own.unit_code, current_unit.name AS unit_name, own.indicator_code, own.component_code, indicator.short_name,
    own.value, own.full_at AS goal,
    coalesce(weighed.effort, own.effort) * 10 * (1 - own.share) AS effort,
    100 * own.maximum * (1 - own.share) / own.known_maximum AS unit_gain,
    -- The district's points for each such move below its full points, and the largest gain of that component.
    coalesce(100 * district.maximum / district.known_maximum
        * CASE WHEN own.aggregate = 'sum' THEN own.full_at - own.value
            WHEN own.aggregate = 'ratio' THEN (own.full_at - own.value) * own.denominator / nullif(district.denominator, 0)
        END / CASE own.direction WHEN 'down' THEN -district.limit_value ELSE district.full_at END, 0) AS district_gain,
    coalesce(100 * district.maximum * (1 - district.share) / district.known_maximum, 0) AS district_room, own.measure
FROM raised AS own
JOIN current_unit USING (unit_code)
JOIN indicator ON indicator.indicator_code = own.indicator_code
LEFT JOIN weighed ON weighed.indicator_code = own.indicator_code
LEFT JOIN raised AS district ON district.scope = 'district' AND district.component_code = own.component_code
WHERE own.scope <> 'district' AND own.value IS NOT NULL AND own.share < 1 AND ($unit = (SELECT home_code FROM rule) OR own.unit_code = $unit)
ORDER BY own.unit_code, own.component_code
