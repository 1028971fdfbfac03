-- How uncertain values and scores are for luck alone, and the repetitions that turn this into ranges of ranks.

-- Indicators that have a good direction, with the standard deviation of their value: that of a share of so many, times what
-- its months differ more than luck (process_peer). Counts, days and points have none: they count as they are told.
CREATE TABLE spread_value AS
SELECT progress.calendar, progress.period_code, progress.unit_code, progress.scope, progress.indicator_code, group_code, progress.weight, indicator.direction,
    score_share, value, CASE WHEN indicator.direction = 'down' THEN indicator.limit_value ELSE target END AS full_at,
    value IS NOT NULL AND is_whole AND NOT low_volume AS is_ranked,
    coalesce(CASE WHEN measure = '%' AND denominator > 0 AND numerator BETWEEN 0 AND denominator
        THEN 100 * sqrt(greatest(1, coalesce(square, 1)) * spread_share(numerator, denominator) * (1 - spread_share(numerator, denominator)) / denominator) END,
        0) AS deviation
FROM progress
JOIN indicator ON indicator.indicator_code = progress.indicator_code
LEFT JOIN process_peer AS peer ON peer.calendar = progress.calendar AND peer.scope = progress.scope AND peer.indicator_code = progress.indicator_code
WHERE cut = 'full' AND progress.scope IN ('commune', 'successor') AND indicator.direction IN ('up', 'down') AND value IS NOT NULL;

-- A share of points is a bell curve cut at 0 and 1: its middle is a, and it has the standard deviation s.
CREATE MACRO below_curve(z) AS CASE WHEN z < 0 THEN chance_beyond(z) / 2 ELSE 1 - chance_beyond(z) / 2 END;
CREATE MACRO height_of_curve(z) AS exp(-z * z / 2) * 0.3989422804014327e0;
CREATE TABLE spread_edge AS
WITH part AS (
    SELECT calendar, period_code, unit_code, scope, indicator_code, group_code, weight,
        CASE WHEN direction = 'down' THEN 1 - value / full_at ELSE value / full_at END AS a, deviation / full_at AS s
    FROM spread_value
    WHERE score_share IS NOT NULL AND full_at > 0
)
SELECT part.*, CASE WHEN s > 0 THEN -a / s END AS low, CASE WHEN s > 0 THEN (1 - a) / s END AS high FROM part;
CREATE TABLE spread_curve AS
SELECT spread_edge.*, below_curve(low) AS below_low, below_curve(high) AS below_high, height_of_curve(low) AS height_low,
    height_of_curve(high) AS height_high
FROM spread_edge;

-- Ranked units with their score by indicator group, and their value by indicator, turned so that greater is better.
CREATE TABLE uncertain_value AS
WITH moment AS (
    SELECT calendar, period_code, unit_code, scope, group_code, indicator_code, weight,
        a * (below_high - below_low) + s * (height_low - height_high) + 1 - below_high AS mean,
        (a * a + s * s) * (below_high - below_low) + s * (a * height_low - (a + 1) * height_high) + 1 - below_high AS square
    FROM spread_curve
),
varied AS (
    SELECT moment.*, CASE WHEN square IS NULL THEN 0 ELSE weight * weight * greatest(0, square - mean * mean) END AS variance FROM moment
),
score AS (
    SELECT calendar, period_code, unit_code, scope, coalesce(group_code, 'all') AS group_code,
        100 * sqrt(ordered_sum(variance, indicator_code)) / ordered_sum(weight, indicator_code) AS deviation
    FROM varied
    GROUP BY GROUPING SETS ((calendar, period_code, unit_code, scope), (calendar, period_code, unit_code, scope, group_code))
)
SELECT unit_score.calendar, unit_score.period_code, unit_score.scope, unit_score.unit_code, unit_score.group_code AS code, unit_score.score AS value,
    rounded(score.deviation, 9) AS deviation
FROM unit_score
JOIN score ON score.calendar = unit_score.calendar AND score.period_code = unit_score.period_code AND score.unit_code = unit_score.unit_code
    AND score.scope = unit_score.scope AND score.group_code = unit_score.group_code
WHERE cut = 'full' AND is_ranked
UNION ALL
SELECT calendar, period_code, scope, unit_code, indicator_code, goodness(direction, value), deviation
FROM spread_value
WHERE is_ranked
ORDER BY calendar, period_code, scope, code, unit_code;

-- The value of eight hexadecimal digits; engines read them differently.
CREATE MACRO hex_digit(digits, place) AS CAST(instr('0123456789abcdef', substr(digits, place, 1)) - 1 AS BIGINT);
CREATE MACRO hex_value(digits) AS hex_digit(digits, 1) * 268435456 + hex_digit(digits, 2) * 16777216 + hex_digit(digits, 3) * 1048576 + hex_digit(digits, 4) * 65536
    + hex_digit(digits, 5) * 4096 + hex_digit(digits, 6) * 256 + hex_digit(digits, 7) * 16 + hex_digit(digits, 8) * 1;

-- A thousand numbers of the bell curve for each unit, from the digits of MD5 hashes (Box and Muller), so that every machine
-- gives the same.
CREATE TABLE repetition AS
WITH hashed AS (
    SELECT unit_code, number, md5(number || ':' || unit_code) AS digits
    FROM (SELECT DISTINCT unit_code FROM scope_unit WHERE scope IN ('commune', 'successor')) AS unit
    CROSS JOIN (SELECT CAST(counted AS INTEGER) AS number FROM (SELECT unnest(generate_series(1, 1000)) AS counted) AS series) AS tries
),
uniform AS (SELECT unit_code, number, hex_value(left(digits, 8)) AS one, hex_value(substr(digits, 9, 8)) AS two FROM hashed)
SELECT unit_code, number, rounded(sqrt(-2 * ln((one + 1e0) / 4294967297e0)) * cos(6.283185307179586e0 * two / 4294967296e0), 9) AS luck
FROM uniform
ORDER BY unit_code, number;
DROP TABLE spread_value;
DROP TABLE spread_edge;
DROP TABLE spread_curve;
