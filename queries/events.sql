-- Sự kiện có thể làm một chỉ tiêu của một đơn vị khác đi, trên trục các kỳ cùng loại; để trống chỉ tiêu là sự kiện chung.
-- returns: period_code, until_code, event_kind, from_on, to_on, name, before_target, after_target, measure, splits, source
WITH asked AS (
    SELECT unit.unit_code, parent_code, home_code, CASE WHEN scope = 'successor' THEN 'commune' ELSE scope END AS scope
    FROM unit
    CROSS JOIN rule
    LEFT JOIN (SELECT DISTINCT unit_code, scope FROM scope_unit) AS scoped ON scoped.unit_code = unit.unit_code
    WHERE unit.unit_code = $unit
),
axis AS (
    SELECT period.period_code, start_on, end_on
    FROM period
    WHERE calendar = $calendar AND period.kind = $kind AND start_on <= (SELECT as_of FROM as_of_date)
)
SELECT period_code, (SELECT max_by(period_code, start_on) FROM axis WHERE start_on <= to_on) AS until_code, event_kind, from_on, to_on,
    mark.name, before_target, after_target, measure, splits, mark.source
FROM event_mark AS mark
JOIN asked ON is_about(mark.unit_code, mark.indicator_code, mark.scope, asked.unit_code, parent_code, home_code, asked.scope, $indicator)
JOIN axis ON from_on BETWEEN start_on AND end_on
LEFT JOIN indicator ON indicator.indicator_code = mark.indicator_code
ORDER BY from_on, event_kind, mark.name, to_on
