-- Chỉ tiêu của toàn huyện trước và sau một thay đổi của kho, trong quý mới nhất có chỉ tiêu đổi.
-- returns: period_title, name, measure, direction, before, value, is_whole, is_better
-- Databases: earlier (the current snapshot), later (the snapshot that would be published).
WITH moved AS (
    SELECT coalesce(now_row.period_code, then_row.period_code) AS period_code,
        coalesce(now_row.indicator_code, then_row.indicator_code) AS indicator_code,
        then_row.value AS before, now_row.value, now_row.is_whole AND then_row.is_whole AS is_whole
    FROM (FROM later.progress WHERE unit_code = (SELECT home_code FROM later.rule)) AS now_row
    FULL JOIN (FROM earlier.progress WHERE unit_code = (SELECT home_code FROM earlier.rule)) AS then_row
        USING (calendar, kind, period_code, cut, indicator_code)
    WHERE calendar = 'solar' AND kind = 'quarter' AND cut = 'full'
        -- The same rows summed in another order differ in the last digits.
        AND ((now_row.value IS NULL) <> (then_row.value IS NULL) OR abs(now_row.value - then_row.value) > 1e-9)
),
newest AS (
    SELECT max(moved.period_code) AS period_code FROM moved JOIN later.indicator USING (indicator_code) WHERE weight > 0
)
SELECT coalesce(later_period.title, moved.period_code) AS period_title, short_name AS name, measure, direction, before,
    value, is_whole,
    -- A part of the whole is neither better nor worse.
    CASE WHEN is_whole THEN CASE direction WHEN 'up' THEN value > before WHEN 'down' THEN value < before END END AS is_better
FROM newest
JOIN moved USING (period_code)
JOIN later.indicator USING (indicator_code)
LEFT JOIN later.period AS later_period ON later_period.calendar = 'solar' AND later_period.period_code = moved.period_code
WHERE weight > 0
ORDER BY weight DESC, sort
