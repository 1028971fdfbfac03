-- Mục tiêu năm của một đơn vị: cuối năm đến đâu nếu cứ như ba tháng qua, và từ nay mỗi tháng cần bao nhiêu.
-- returns: indicator_code, name, short_name, measure, direction, form, is_counted, is_index, year, month_title, months_left, value, target, recent, needed, extra, most, projected, low_end, high_end, trials, covered, corrected, season, pace
WITH chosen AS MATERIALIZED (SELECT year, last_month, is_partial FROM chosen_period($calendar, $period)),
whole AS MATERIALIZED (
    SELECT max(period.last_month) AS whole_month FROM period CROSS JOIN chosen
    WHERE calendar = $calendar AND kind = 'month' AND NOT period.is_partial AND period.last_month <= chosen.last_month
),
newest AS (
    SELECT projection.*, month.title AS month_title
    FROM goal_projection AS projection
    JOIN chosen ON chosen.year = projection.year
    CROSS JOIN whole
    JOIN period AS month ON month.calendar = projection.calendar AND month.kind = 'month'
        AND month.last_month = projection.year * 12 + month_number - 1
    WHERE projection.calendar = $calendar AND unit_code = $unit
        -- The last month of the period; of one that is not over the last whole month, or the one before it.
        AND projection.year * 12 + month_number - 1 BETWEEN whole_month - CASE WHEN chosen.is_partial THEN 1 ELSE 0 END AND whole_month
    QUALIFY row_number() OVER (PARTITION BY indicator_code ORDER BY month_number DESC) = 1
),
named AS (
    SELECT indicator_code, name, short_name, kind = 'computed' AS is_counted, false AS is_index, weight, 1 AS sort_group, sort FROM indicator
    UNION ALL
    SELECT index_code, name, short_name, false, true, 0, 0, 0 FROM score_index
),
paced AS (
    SELECT newest.*, trials, covered, corrected,
        CASE WHEN months_left > 0 AND low_miss IS NOT NULL THEN within_bounds(is_bounded, projected + low_miss * raw_reach) END AS low_end,
        CASE WHEN months_left > 0 AND low_miss IS NOT NULL THEN within_bounds(is_bounded, projected + high_miss * raw_reach) END AS high_end,
        -- The rate of what is still to come; of a state, the change of each month.
        CASE WHEN form = 'flow' THEN factor * (target / factor * (denominator + ahead) - numerator) / nullif(ahead, 0)
            ELSE (target - value) / nullif(months_left, 0) END AS needed,
        -- The best end that is still possible.
        CASE WHEN form = 'flow' THEN best_end(direction, is_bounded, factor, numerator, denominator, ahead) END AS most
    FROM (SELECT * FROM newest JOIN named USING (indicator_code)) AS newest
    LEFT JOIN goal_backtest USING (calendar, scope, indicator_code)
),
-- An index is assessed once a year: its last score, of the home, against the class Tốt.
yearly AS (
    SELECT total.index_code AS indicator_code, score_index.name, score_index.short_name, total.year, percent AS value, minimum AS target
    FROM index_total AS total
    JOIN chosen ON total.year < chosen.year OR (total.year = chosen.year AND chosen.last_month % 12 = 11)
    JOIN score_index ON score_index.index_code = total.index_code
    JOIN class_band ON class_band.index_code = total.index_code AND class_band.class_code = 'good'
    CROSS JOIN ranked_district
    CROSS JOIN rule
    WHERE district_code = own_district AND coalesce(goal, '') <> '' AND $unit = home_code AND own_district = home_code
    QUALIFY row_number() OVER (PARTITION BY total.index_code ORDER BY total.year DESC) = 1
),
told AS (
SELECT indicator_code, name, short_name, measure, direction, form, is_counted, is_index, year, month_title, months_left,
    CASE WHEN form = 'flow' THEN factor * numerator / denominator ELSE value END AS value, target, recent, needed,
    CASE WHEN form = 'flow' AND measure = '%' AND months_left > 0 THEN greatest(0, goodness(direction, needed - recent)) / factor * ahead / months_left END AS extra,
    most, projected, low_end, high_end, trials, covered, corrected, season,
    CASE WHEN months_left = 0 THEN CASE WHEN goodness(direction, projected) >= goodness(direction, target) THEN 'reached' ELSE 'ended' END
        WHEN round(goodness(direction, most), 1) < round(goodness(direction, target), 1) THEN 'impossible'
        WHEN low_end IS NULL THEN 'unknown'
        WHEN least(goodness(direction, low_end), goodness(direction, high_end)) >= goodness(direction, target) THEN 'likely'
        WHEN greatest(goodness(direction, low_end), goodness(direction, high_end)) < goodness(direction, target) THEN 'unlikely'
        ELSE 'open' END AS pace, sort_group, weight, sort
FROM paced
UNION ALL BY NAME
SELECT yearly.*, 'điểm' AS measure, 'up' AS direction, 'yearly' AS form, false AS is_counted, true AS is_index,
    CASE WHEN value >= target THEN 'last_reached' ELSE 'last_missed' END AS pace, -1 AS sort_group, 0 AS weight, 0 AS sort
FROM yearly
)
-- The goals of the year first, then what counts most.
SELECT * EXCLUDE (sort_group, weight, sort) FROM told
ORDER BY sort_group, weight DESC, sort, indicator_code
