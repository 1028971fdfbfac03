-- Goals: where a year will end if it goes on as it does, and what is needed from now on, at the end of each known month.
-- A past year tells how far such a projection was off.

-- Indicators with a target of the year, month by month. form: flow, what happened since January (numerator and denominator
-- are sums); level, the state at the end of a month that has no direction of its own; stock, one that grows. Every month
-- since January is known (of a state: this month).
CREATE TABLE goal_point AS
WITH goal AS (
    SELECT progress.calendar, progress.unit_code, progress.scope, progress.indicator_code, CAST(period_code AS BIGINT) AS year, target,
        indicator.direction, measure, indicator.kind AS indicator_kind,
        CASE WHEN over_time = 'flow' THEN 'flow' WHEN indicator.kind = 'computed' THEN 'level' ELSE 'stock' END AS form
    FROM progress JOIN indicator ON indicator.indicator_code = progress.indicator_code
    WHERE progress.kind = 'year' AND cut = 'full' AND target IS NOT NULL AND indicator.direction IN ('up', 'down')
    -- The estimated score of an index, of which the class Tốt is the target.
    UNION ALL
    SELECT score.calendar, score.unit_code, score.scope, score.index_code, CAST(period_code AS BIGINT), minimum, 'up', 'điểm', 'simulated', 'stock'
    FROM simulated_score AS score
    JOIN class_band ON class_band.index_code = score.index_code AND class_code = 'good'
    WHERE score.kind = 'year' AND cut = 'full' AND criterion_code = 'total'
),
-- Known months, also those in which there was nothing to count.
series AS (
    SELECT progress.calendar, unit_code, progress.indicator_code, last_month AS month, progress.value, numerator, denominator,
        measure = '%' AND coalesce(progress.value <= 100, true) AS is_share
    FROM progress
    JOIN period ON period.calendar = progress.calendar AND period.period_code = progress.period_code
    JOIN indicator ON indicator.indicator_code = progress.indicator_code
    WHERE progress.kind = 'month' AND cut = 'full' AND NOT is_partial AND is_whole
        AND (abs(progress.value) < 1e15 OR (progress.value IS NULL AND denominator = 0))
        AND (indicator.kind = 'computed' OR observed_period = progress.period_code)
    UNION ALL
    SELECT score.calendar, unit_code, index_code, last_month, score, CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), true
    FROM simulated_score AS score
    JOIN period ON period.calendar = score.calendar AND period.period_code = score.period_code
    WHERE score.kind = 'month' AND cut = 'full' AND criterion_code = 'total' AND score IS NOT NULL AND NOT is_partial
),
told AS (
    SELECT series.*, month // 12 AS year, month % 12 + 1 AS month_number,
        sum(CAST(numerator AS DECIMAL(30, 6))) OVER since AS numerator_since,
        sum(CAST(denominator AS DECIMAL(30, 6))) OVER since AS denominator_since,
        count(*) OVER since AS months_since,
        count(value) OVER (PARTITION BY calendar, unit_code, indicator_code ORDER BY month) AS place,
        min(CASE WHEN is_share THEN 1 ELSE 0 END) OVER (PARTITION BY calendar, unit_code, indicator_code) = 1 AS is_bounded
    FROM series
    WINDOW since AS (PARTITION BY calendar, unit_code, indicator_code, month // 12 ORDER BY month
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
valued AS (
    SELECT calendar, unit_code, indicator_code, month, value, place, abs(value - lag(value) OVER whole) AS step,
        lag(value, 3) OVER whole AS value_3, lag(month, 3) OVER whole AS month_3
    FROM told
    WHERE value IS NOT NULL
    WINDOW whole AS (PARTITION BY calendar, unit_code, indicator_code ORDER BY month)
),
-- How much a month usually differs from the one before: of the last twelve months with a value, of at least three.
stepped AS (
    SELECT valued.*, CASE WHEN count(step) OVER recent >= 3
        THEN CAST(sum(CAST(step AS DECIMAL(30, 6))) OVER recent AS DOUBLE) / count(step) OVER recent / 1.128e0 END AS spread
    FROM valued
    WINDOW recent AS (PARTITION BY calendar, unit_code, indicator_code ORDER BY month ROWS BETWEEN 11 PRECEDING AND CURRENT ROW)
)
SELECT goal.calendar, goal.unit_code, scope, goal.indicator_code, goal.year, month_number, form, goal.direction, measure, target, told.value, is_bounded,
    CASE WHEN indicator_kind = 'computed' THEN computed.numerator ELSE CAST(numerator_since AS DOUBLE) END AS numerator,
    CASE WHEN indicator_kind = 'computed' THEN computed.denominator ELSE CAST(denominator_since AS DOUBLE) END AS denominator,
    CASE WHEN month_3 = stepped.month - 3 THEN (stepped.value - value_3) / 3 END AS drift, spread
FROM goal
JOIN told ON told.calendar = goal.calendar AND told.unit_code = goal.unit_code
    AND told.indicator_code = goal.indicator_code AND told.year = goal.year
LEFT JOIN stepped ON stepped.calendar = told.calendar AND stepped.unit_code = told.unit_code
    AND stepped.indicator_code = told.indicator_code AND stepped.place = told.place
LEFT JOIN computed_value AS computed ON computed.calendar = goal.calendar AND computed.unit_code = goal.unit_code
    AND computed.indicator_code = goal.indicator_code
    AND computed.period_code = goal.year || '-S' || lpad(CAST(month_number AS VARCHAR), 2, '0')
WHERE CASE WHEN form <> 'flow' THEN told.value IS NOT NULL ELSE months_since = month_number
    AND CASE WHEN indicator_kind = 'computed' THEN computed.denominator ELSE denominator_since END > 0 END
ORDER BY goal.calendar, goal.unit_code, goal.indicator_code, goal.year, month_number;

-- The projection from each month: recent is the rate of the last three months, ahead what is still to come in the
-- denominator, by the share of the year that the same months of last year had, of the unit or else of the home; or else evenly.
CREATE TABLE goal_projection AS
WITH year_end AS (
    SELECT calendar, unit_code, indicator_code, year, numerator, denominator, value FROM goal_point WHERE month_number = 12
),
season AS (
    SELECT point.calendar, point.unit_code, point.indicator_code, point.year + 1 AS year, month_number,
        year_end.denominator / point.denominator - 1 AS growth
    FROM goal_point AS point
    JOIN year_end ON year_end.calendar = point.calendar AND year_end.unit_code = point.unit_code
        AND year_end.indicator_code = point.indicator_code AND year_end.year = point.year
    WHERE point.form = 'flow' AND point.denominator > 0
),
ahead AS (
    SELECT point.*, earlier.numerator AS earlier_numerator, earlier.denominator AS earlier_denominator,
        CASE WHEN point.form = 'flow' THEN point.denominator
            * greatest(0, coalesce(own.growth, home.growth, (12e0 - point.month_number) / point.month_number)) END AS ahead,
        CASE WHEN own.growth IS NOT NULL THEN 'own' WHEN home.growth IS NOT NULL THEN 'home' ELSE 'even' END AS season
    FROM goal_point AS point
    CROSS JOIN rule
    LEFT JOIN goal_point AS earlier ON earlier.calendar = point.calendar AND earlier.unit_code = point.unit_code
        AND earlier.indicator_code = point.indicator_code AND earlier.year = point.year AND earlier.month_number = point.month_number - 3
    LEFT JOIN season AS own ON own.calendar = point.calendar AND own.unit_code = point.unit_code
        AND own.indicator_code = point.indicator_code AND own.year = point.year AND own.month_number = point.month_number
    LEFT JOIN season AS home ON home.calendar = point.calendar AND home.unit_code = rule.home_code
        AND home.indicator_code = point.indicator_code AND home.year = point.year AND home.month_number = point.month_number
),
paced AS (
    SELECT ahead.*, CASE WHEN measure = '%' THEN 100e0 ELSE 1e0 END AS factor, 12 - month_number AS months_left,
        CASE WHEN form <> 'flow' THEN NULL
            WHEN earlier_denominator < denominator THEN greatest(0, (numerator - earlier_numerator) / (denominator - earlier_denominator))
            ELSE numerator / denominator END AS rate
    FROM ahead
),
capped AS (
    SELECT paced.* EXCLUDE (rate), CASE WHEN rate > 1 AND is_bounded THEN 1 ELSE rate END AS rate FROM paced
),
projected AS (
    SELECT capped.*, CASE form
            WHEN 'flow' THEN factor * (numerator + rate * ahead) / (denominator + ahead)
            WHEN 'stock' THEN value + coalesce(drift, 0) * 4 * (1 - power(0.8e0, months_left))
            ELSE value END AS projected,
        1.2816e0 * spread * CASE form
            WHEN 'flow' THEN ahead / (denominator + ahead) * sqrt(1e0 / greatest(months_left, 1) + 1e0 / least(month_number, 3))
            ELSE sqrt(months_left) END AS raw_reach
    FROM capped
)
SELECT projected.calendar, projected.unit_code, scope, projected.indicator_code, projected.year, month_number, months_left, form, direction, measure,
    target, projected.value, projected.numerator, projected.denominator, factor, CASE WHEN form = 'flow' THEN factor * rate WHEN form = 'stock' THEN drift END AS recent, ahead, season,
    rounded(CASE WHEN is_bounded THEN greatest(0, least(100, projected)) ELSE greatest(0, projected) END, 9) AS projected, is_bounded,
    CASE WHEN raw_reach IS NOT NULL THEN greatest(0.1e0, raw_reach) END AS raw_reach,
    CASE WHEN form = 'flow' THEN factor * year_end.numerator / nullif(year_end.denominator, 0) ELSE year_end.value END AS outcome
FROM projected
LEFT JOIN year_end ON year_end.calendar = projected.calendar AND year_end.unit_code = projected.unit_code
    AND year_end.indicator_code = projected.indicator_code AND year_end.year = projected.year
ORDER BY projected.calendar, projected.unit_code, projected.indicator_code, projected.year, month_number;

-- How far the projections from each month of known years were off, of an indicator in all units of a scope, in the reach that
-- is computed. covered: how many percent of the years ended within it; low_miss and high_miss: between which four of five
-- ended, so that the interval is corrected by experience; corrected: how many percent did.
CREATE TABLE goal_backtest AS
WITH missed AS (
    SELECT calendar, scope, indicator_code, unit_code, year, month_number, (outcome - projected) / raw_reach AS miss
    FROM goal_projection
    WHERE months_left > 0 AND outcome IS NOT NULL AND raw_reach IS NOT NULL
),
ordered AS (
    SELECT missed.*, row_number() OVER (
            PARTITION BY calendar, scope, indicator_code ORDER BY miss, unit_code, year, month_number) AS place,
        count(*) OVER (PARTITION BY calendar, scope, indicator_code) AS trials
    FROM missed
),
edge AS (
    SELECT calendar, scope, indicator_code, max(CASE WHEN place = floor(0.1e0 * trials + 0.5e0) + 1 THEN miss END) AS low_miss,
        max(CASE WHEN place = trials - floor(0.1e0 * trials + 0.5e0) THEN miss END) AS high_miss
    FROM ordered
    WHERE trials >= 10
    GROUP BY calendar, scope, indicator_code
)
SELECT ordered.calendar, ordered.scope, ordered.indicator_code, trials, 100e0 * count(CASE WHEN abs(miss) <= 1 THEN 1 END) / trials AS covered,
    low_miss, high_miss,
    CASE WHEN low_miss IS NOT NULL THEN 100e0 * count(CASE WHEN miss BETWEEN low_miss AND high_miss THEN 1 END) / trials END AS corrected
FROM ordered
LEFT JOIN edge ON edge.calendar = ordered.calendar AND edge.scope = ordered.scope AND edge.indicator_code = ordered.indicator_code
GROUP BY ordered.calendar, ordered.scope, ordered.indicator_code, trials, low_miss, high_miss
ORDER BY ordered.calendar, ordered.scope, ordered.indicator_code;
DROP TABLE goal_point;
