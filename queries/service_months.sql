-- Các tháng gần nhất của một đơn vị: tiếp nhận, giải quyết, tồn quá hạn cuối tháng, tỷ lệ trễ.
-- returns: code, period_title, received, resolved, open_total, open_late, late, handled, value, target, measure, is_partial
SELECT period_code AS code, recent.short_title AS period_title, sum(received) AS received,
    sum(resolved_early + resolved_on_time + resolved_late) AS resolved, sum(open_total) AS open_total,
    sum(open_late) AS open_late, sum(resolved_late + open_late) AS late, sum(handled) AS handled,
    -- A month known in part is a gap in the line.
    CASE WHEN dossiers_whole($unit, $calendar, period_code, 'full')
        THEN 100 * sum(resolved_late + open_late) / nullif(sum(handled), 0) END AS value,
    CAST(NULL AS DOUBLE) AS target, '%' AS measure, any_value(recent.is_partial) AS is_partial
FROM service_period
JOIN members_of($unit) USING (unit_code)
JOIN recent_month($calendar, $period) AS recent USING (calendar, period_code)
WHERE cut = 'full' AND is_chosen($field, field_code) AND is_chosen($channel, channel)
GROUP BY period_code, recent.short_title, recent.last_month
ORDER BY recent.last_month
