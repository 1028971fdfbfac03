-- Sự kiện có thể làm một chỉ tiêu của một đơn vị khác đi, trên trục các kỳ cùng loại; để trống chỉ tiêu là sự kiện chung.
-- returns: period_code, until_code, event_kind, from_on, to_on, name, before_target, after_target, measure, splits, source
WITH asked AS (
    SELECT home_code, home.parent_code AS above_code, CASE WHEN scope = 'successor' THEN 'commune' ELSE scope END AS scope
    FROM rule
    LEFT JOIN unit AS home ON home.unit_code = home_code
    LEFT JOIN (SELECT DISTINCT scope FROM scope_unit WHERE unit_code = $unit) AS scoped ON true
),
axis AS (
    SELECT period.period_code, start_on, end_on
    FROM period
    WHERE calendar = $calendar AND period.kind = $kind AND start_on <= (SELECT as_of FROM as_of_date)
)
SELECT period_code, (SELECT max_by(period_code, start_on) FROM axis WHERE start_on <= to_on) AS until_code, event_kind, from_on, to_on,
    mark.name, before_target, after_target, measure, splits, mark.source
FROM event_mark AS mark
JOIN asked ON is_about(mark.unit_code, mark.indicator_code, mark.scope, $unit, home_code, above_code, asked.scope, $indicator)
-- What began before the first period is shown from there, if it lasted.
JOIN axis ON CASE WHEN to_on >= (SELECT min(start_on) FROM axis) THEN greatest(from_on, (SELECT min(start_on) FROM axis)) ELSE from_on END
    BETWEEN start_on AND end_on
LEFT JOIN indicator ON indicator.indicator_code = mark.indicator_code
ORDER BY from_on, event_kind, mark.name, to_on
