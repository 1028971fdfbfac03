-- Hồ sơ trễ hạn của một đơn vị theo lĩnh vực: số, tỷ lệ và phần đóng góp vào tổng số trễ.
-- returns: unit_code, field_code, name, handled, late, value, share_of_late, before, change, is_better, is_land, status, low_volume, rank, measure
-- needs: -
WITH summed AS (
    SELECT is_before, field_code, sum(handled) AS handled, sum(resolved_late + open_late) AS late
    FROM service_period_compared($calendar, $period, $before, $before_cut) JOIN members_of($unit) USING (unit_code)
    GROUP BY is_before, field_code
)
SELECT field_code AS unit_code, field_code, field.short_name AS name, now_row.handled, now_row.late,
    100 * now_row.late / nullif(now_row.handled, 0) AS value,
    100 * now_row.late / nullif(sum(now_row.late) OVER (), 0) AS share_of_late,
    100 * then_row.late / nullif(then_row.handled, 0) AS before,
    100 * now_row.late / nullif(now_row.handled, 0) - 100 * then_row.late / nullif(then_row.handled, 0) AS change,
    100 * now_row.late / nullif(now_row.handled, 0) < 100 * then_row.late / nullif(then_row.handled, 0) AS is_better,
    field.is_land,
    -- Compared with the on-time target of the year, as the indicator is: 100 % on time, alert below 95 %.
    CASE WHEN dossiers_whole($unit, $calendar, $period, 'full')
        THEN late_status(100 * now_row.late / nullif(now_row.handled, 0), goal.target, goal.alert) ELSE 'partial' END AS status,
    now_row.handled < low_volume AS low_volume,
    row_number() OVER (ORDER BY now_row.late DESC, now_row.handled DESC, field_code) AS rank, '%' AS measure
FROM summed AS now_row
JOIN field USING (field_code)
CROSS JOIN rule
CROSS JOIN on_time_target($calendar, $period) AS goal
LEFT JOIN summed AS then_row ON then_row.field_code = now_row.field_code AND then_row.is_before
    AND dossiers_whole($unit, $calendar, $period, 'full') AND dossiers_whole($unit, $calendar, $before, $before_cut)
WHERE NOT now_row.is_before AND now_row.late > 0
ORDER BY now_row.late DESC, now_row.handled DESC, field_code
