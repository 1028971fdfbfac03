-- Mục tiêu năm của một đơn vị: cuối năm đến đâu nếu cứ như ba tháng qua, và từ nay mỗi tháng cần bao nhiêu.
-- returns: indicator_code, name, short_name, measure, direction, form, is_counted, is_index, year, month_title, months_left, value, target, recent, needed, extra, most, projected, low_end, high_end, trials, covered, corrected, season, pace
WITH chosen AS MATERIALIZED (SELECT year, last_month, is_partial FROM chosen_period($calendar, $period)),
month AS MATERIALIZED (
    SELECT period.last_month, period.title, max(period.last_month) FILTER (WHERE NOT period.is_partial) OVER () AS whole_month
    FROM period JOIN chosen ON period.last_month <= chosen.last_month
    WHERE calendar = $calendar AND kind = 'month'
)
SELECT indicator_code, name, short_name, measure, direction, form, is_counted, is_index, goal_pace.year, title AS month_title, months_left,
    value, target, recent, needed, extra, most, projected, low_end, high_end, trials, covered, corrected, season, pace
FROM goal_pace
CROSS JOIN chosen
LEFT JOIN month ON month.last_month = goal_pace.year * 12 + month_number - 1
WHERE calendar = $calendar AND unit_code = $unit
    AND CASE WHEN form = 'yearly' THEN goal_pace.year * 12 + 11 <= chosen.last_month
        -- The last month of the period; of one that is not over the last whole month, or the one before it.
        ELSE goal_pace.year = chosen.year AND month.last_month BETWEEN whole_month - CASE WHEN chosen.is_partial THEN 1 ELSE 0 END AND whole_month END
QUALIFY row_number() OVER (PARTITION BY indicator_code, form = 'yearly' ORDER BY goal_pace.year DESC, month_number DESC) = 1
-- The goals of the year first, then what counts most.
ORDER BY sort_group, weight DESC, sort, indicator_code
