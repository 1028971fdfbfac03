-- Các tháng gần nhất của một đơn vị: tiếp nhận, giải quyết, tồn quá hạn cuối tháng, tỷ lệ trễ.
-- returns: code, period_title, received, resolved, open_total, open_late, late, handled, value, target, measure, is_partial
SELECT period.period_code AS code, period.short_title AS period_title, sum(received) AS received,
    sum(resolved_early + resolved_on_time + resolved_late) AS resolved, sum(open_total) AS open_total,
    sum(open_late) AS open_late, sum(resolved_late + open_late) AS late, sum(carried_over + received) AS handled,
    100 * sum(resolved_late + open_late) / nullif(sum(carried_over + received), 0) AS value,
    CAST(NULL AS DOUBLE) AS target, '%' AS measure, any_value(period.is_partial) AS is_partial
FROM service_period
JOIN scope_unit ON scope_unit.member_code = service_period.unit_code AND scope_unit.unit_code = $unit
JOIN period ON period.calendar = service_period.calendar AND period.period_code = service_period.period_code
    AND period.kind = 'month'
JOIN period AS chosen ON chosen.calendar = $calendar AND chosen.period_code = $period
WHERE service_period.calendar = $calendar AND cut = 'full'
    AND period.last_month BETWEEN chosen.last_month - 12 AND chosen.last_month
    AND ($field = '' OR field_code = $field) AND ($channel = '' OR channel = $channel)
GROUP BY period.period_code, period.short_title, period.last_month
ORDER BY period.last_month
