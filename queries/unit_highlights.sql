-- Điểm mạnh (đứng đầu, hơn huyện) và điểm yếu (mất nhiều điểm nhất) của một xã, với giá trị, mục tiêu, hạng.
-- returns: kind, position, indicator_code, name, measure, value, target, place, placed_units, points_lost, district, numerator, denominator, tied_units, level_word, member_word
WITH communes AS (
    SELECT progress.*, indicator.name, short_name, measure, direction, indicator.sort,
        goodness(direction, value) AS goodness
    FROM progress_in($calendar, $period) AS progress JOIN indicator USING (indicator_code)
    WHERE scope = peer_scope($unit) AND value IS NOT NULL AND NOT low_volume AND is_whole AND direction <> 'context' AND indicator.weight > 0
),
placed AS (
    SELECT communes.*, rank() OVER (PARTITION BY indicator_code ORDER BY round(goodness, 2) DESC) AS place,
        count(*) OVER (PARTITION BY indicator_code) AS placed_units,
        count(*) OVER (PARTITION BY indicator_code, round(goodness, 2)) - 1 AS tied_units,
        communes.weight * (1 - score_share) AS points_lost
    FROM communes
),
own AS (
    SELECT placed.*, district.value AS district
    FROM placed
    CROSS JOIN rule
    LEFT JOIN progress_in($calendar, $period) AS district
        ON district.unit_code = home_code AND district.indicator_code = placed.indicator_code
    WHERE placed.unit_code = $unit
),
weak AS (
    SELECT 'weak' AS kind, row_number() OVER (ORDER BY points_lost DESC, sort) AS position, indicator_code,
        name, measure, value, target, place, placed_units, points_lost, district, numerator, denominator, tied_units
    FROM own
    WHERE status <> 'met' AND points_lost > 0.05
),
strong AS (
    SELECT 'strong' AS kind, row_number() OVER (ORDER BY place, weight DESC, sort) AS position, indicator_code,
        name, measure, value, target, place, placed_units, points_lost, district, numerator, denominator, tied_units
    FROM own
    -- What many have in common is no strength. An indicator among the largest losses is not a strength, even if other units are worse.
    WHERE place + tied_units <= 5 AND (place + tied_units) * 2 <= placed_units
        AND coalesce(goodness > goodness(direction, district), true)
        AND indicator_code NOT IN (SELECT indicator_code FROM weak WHERE position <= 4)
)
SELECT listed.*, level_word, member_word
FROM (FROM strong UNION ALL FROM weak) AS listed CROSS JOIN home_word
WHERE position <= 4
ORDER BY kind, position
