-- Dòng hồ sơ của một đơn vị, lĩnh vực, kênh trong kỳ theo biểu II.06.
-- returns: carried_over, received_online, received_direct, received, handled, resolved_early, resolved_on_time, resolved_late, resolved, open_in_time, open_late, open_waiting, open_total, late, late_share, unclear, by_statute
SELECT whole_sum(carried_over) AS carried_over, whole_sum(received_online) AS received_online,
    whole_sum(received_direct) AS received_direct, sum(received) AS received,
    sum(handled) AS handled, sum(resolved_early) AS resolved_early,
    sum(resolved_on_time) AS resolved_on_time, sum(resolved_late) AS resolved_late,
    sum(resolved_early + resolved_on_time + resolved_late) AS resolved, sum(open_total - open_late) AS open_in_time,
    sum(open_late) AS open_late, sum(open_waiting) AS open_waiting, sum(open_total) AS open_total,
    sum(resolved_late + open_late) AS late,
    100 * sum(resolved_late + open_late) / nullif(sum(handled), 0) AS late_share, sum(unclear) AS unclear,
    sum(resolved_by_statute + open_by_statute) AS by_statute
FROM service_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
