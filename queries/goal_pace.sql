-- Mục tiêu năm của một đơn vị: cuối năm đến đâu nếu cứ như ba tháng qua, và từ nay mỗi tháng cần bao nhiêu.
-- returns: indicator_code, name, short_name, measure, direction, form, is_counted, year, month_title, months_left, value, target, recent, needed, extra, most, projected, low, high, trials, covered, corrected, season, verdict
WITH newest AS (
    SELECT projection.*, month.title AS month_title
    FROM goal_projection AS projection
    JOIN chosen_period($calendar, $period) AS chosen ON chosen.calendar = projection.calendar AND chosen.year = projection.year
        AND projection.year * 12 + month_number - 1 BETWEEN chosen.first_month - CASE WHEN is_partial THEN 1 ELSE 0 END AND chosen.last_month
    JOIN (SELECT calendar, last_month, title FROM period WHERE kind = 'month') AS month ON month.calendar = projection.calendar
        AND month.last_month = projection.year * 12 + month_number - 1
    WHERE unit_code = $unit
    QUALIFY row_number() OVER (PARTITION BY indicator_code ORDER BY month_number DESC) = 1
),
named AS (
    SELECT indicator_code, name, short_name, kind = 'computed' AS is_counted, weight, 1 AS sort_group, sort FROM indicator
    UNION ALL
    SELECT index_code, 'Điểm ước tính ' || short_name, short_name, false, 0, 0, 0 FROM score_index
),
paced AS (
    SELECT newest.*, trials, covered, corrected,
        CASE WHEN months_left > 0 AND low_miss IS NOT NULL THEN within_measure(measure, projected + low_miss * raw_reach) END AS low,
        CASE WHEN months_left > 0 AND low_miss IS NOT NULL THEN within_measure(measure, projected + high_miss * raw_reach) END AS high,
        -- The rate of what is still to come; of a state, the change of each month.
        CASE WHEN form = 'flow' THEN factor * (target / factor * (denominator + ahead) - numerator) / nullif(ahead, 0)
            ELSE (target - value) / nullif(months_left, 0) END AS needed,
        CASE WHEN form = 'flow' AND measure = '%' THEN factor * (numerator + ahead) / (denominator + ahead) END AS most
    FROM (SELECT * FROM newest JOIN named USING (indicator_code)) AS newest
    LEFT JOIN goal_backtest USING (calendar, scope, indicator_code)
)
SELECT indicator_code, name, short_name, measure, direction, form, is_counted, year, month_title, months_left,
    CASE WHEN form = 'flow' THEN factor * numerator / denominator ELSE value END AS value, target, recent, needed,
    CASE WHEN form = 'flow' AND measure = '%' AND months_left > 0 THEN greatest(0, goodness(direction, needed - recent)) / factor * ahead / months_left END AS extra,
    most, projected, low, high, trials, covered, corrected, season,
    CASE WHEN months_left = 0 THEN CASE WHEN goodness(direction, projected) >= goodness(direction, target) THEN 'reached' ELSE 'ended' END
        WHEN form = 'flow' AND measure = '%' AND ((direction = 'up' AND needed > 100) OR (direction = 'down' AND needed < 0)) THEN 'impossible'
        WHEN low IS NULL THEN 'unknown'
        WHEN goodness(direction, CASE direction WHEN 'down' THEN high ELSE low END) >= goodness(direction, target) THEN 'likely'
        WHEN goodness(direction, CASE direction WHEN 'down' THEN low ELSE high END) < goodness(direction, target) THEN 'unlikely'
        ELSE 'open' END AS verdict
FROM paced
-- The indices first, then what counts most.
ORDER BY sort_group, weight DESC, sort
