-- What the projections mean for the goals of the year.

-- A value between 0 and, of a share or of points, 100.
CREATE MACRO within_bounds(is_bounded, value) AS CASE WHEN value IS NULL THEN NULL WHEN is_bounded THEN greatest(0, least(100, value))
    ELSE greatest(0, value) END;

-- Where a year ends if all that is still to come is good; no bound is known of what is no share.
CREATE MACRO best_end(direction, is_bounded, factor, numerator, denominator, ahead) AS
    CASE WHEN direction = 'down' THEN factor * numerator / (denominator + ahead)
        WHEN is_bounded THEN factor * (numerator + ahead) / (denominator + ahead) END;

-- What a projection means for the goal: where the year may end, what is needed from now on, and whether it will be reached. Of
-- an index, which is assessed once a year (form: yearly), the score of the home against the class Tốt.
CREATE TABLE goal_pace AS
WITH named AS (
    SELECT indicator_code, name, short_name, kind = 'computed' AS is_counted, false AS is_index, weight, 1 AS sort_group, sort FROM indicator
    UNION ALL
    SELECT index_code, name, short_name, false, true, 0, 0, 0 FROM score_index
),
paced AS (
    SELECT projection.*, name, short_name, is_counted, is_index, weight, sort_group, sort, trials, covered, corrected,
        CASE WHEN months_left > 0 AND low_miss IS NOT NULL THEN within_bounds(is_bounded, projected + low_miss * raw_reach) END AS low_end,
        CASE WHEN months_left > 0 AND low_miss IS NOT NULL THEN within_bounds(is_bounded, projected + high_miss * raw_reach) END AS high_end,
        -- The rate of what is still to come; of a state, the change of each month.
        CASE WHEN form = 'flow' THEN factor * (target / factor * (denominator + ahead) - numerator) / nullif(ahead, 0)
            ELSE (target - value) / nullif(months_left, 0) END AS needed,
        -- The best end that is still possible.
        CASE WHEN form = 'flow' THEN best_end(direction, is_bounded, factor, numerator, denominator, ahead) END AS most
    FROM goal_projection AS projection
    JOIN named ON named.indicator_code = projection.indicator_code
    LEFT JOIN goal_backtest AS backtest ON backtest.calendar = projection.calendar AND backtest.scope = projection.scope
        AND backtest.indicator_code = projection.indicator_code
)
SELECT calendar, unit_code, indicator_code, name, short_name, measure, direction, form, is_counted, is_index, sort_group, weight, sort, year,
    month_number, months_left, CASE WHEN form = 'flow' THEN factor * numerator / denominator ELSE value END AS value, target, recent, needed,
    CASE WHEN form = 'flow' AND measure = '%' AND months_left > 0
        THEN greatest(0, goodness(direction, needed - recent)) / factor * ahead / months_left END AS extra,
    most, projected, low_end, high_end, trials, covered, corrected, season,
    CASE WHEN months_left = 0 THEN CASE WHEN goodness(direction, projected) >= goodness(direction, target) THEN 'reached' ELSE 'ended' END
        WHEN rounded(goodness(direction, most), 1) < rounded(goodness(direction, target), 1) THEN 'impossible'
        WHEN low_end IS NULL THEN 'unknown'
        WHEN least(goodness(direction, low_end), goodness(direction, high_end)) >= goodness(direction, target) THEN 'likely'
        WHEN greatest(goodness(direction, low_end), goodness(direction, high_end)) < goodness(direction, target) THEN 'unlikely'
        ELSE 'open' END AS pace
FROM paced
UNION ALL
SELECT calendar, home_code, total.index_code, score_index.name, score_index.short_name, 'điểm', 'up', 'yearly', false, true, -1, 0, 0, total.year,
    CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), percent, minimum, CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE),
    CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS BIGINT), CAST(NULL AS DOUBLE),
    CAST(NULL AS DOUBLE), CAST(NULL AS VARCHAR), CASE WHEN percent >= minimum THEN 'last_reached' ELSE 'last_missed' END
FROM index_total AS total
JOIN score_index ON score_index.index_code = total.index_code AND coalesce(goal, '') <> ''
JOIN class_band ON class_band.index_code = total.index_code AND class_band.class_code = 'good'
CROSS JOIN ranked_district
CROSS JOIN rule
CROSS JOIN (SELECT DISTINCT calendar FROM period) AS calendars
WHERE district_code = own_district AND own_district = home_code
ORDER BY calendar, unit_code, indicator_code, form, year, month_number;
