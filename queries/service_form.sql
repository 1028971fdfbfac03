-- Biểu II.06 của một đơn vị trong kỳ: mười một số của từng lĩnh vực, theo cấp của nơi tiếp nhận.
-- returns: level_code, level_name, field_code, name, handled, received_online, received_direct, carried_over, resolved, resolved_early, resolved_on_time, resolved_late, open_total, open_in_time, open_late, unclear
SELECT CASE member.kind WHEN 'commune' THEN 'C' ELSE 'B' END AS level_code,
    CASE member.kind WHEN 'commune' THEN 'Thủ tục tiếp nhận ở cấp xã' ELSE 'Thủ tục tiếp nhận ở cấp huyện' END
        AS level_name,
    field_code, field.name, whole_sum(carried_over + received) AS handled,
    whole_sum(received_online) AS received_online,
    whole_sum(received_direct) AS received_direct, whole_sum(carried_over) AS carried_over,
    sum(resolved_early + resolved_on_time + resolved_late) AS resolved, sum(resolved_early) AS resolved_early,
    sum(resolved_on_time) AS resolved_on_time, sum(resolved_late) AS resolved_late, sum(open_total) AS open_total,
    sum(open_total - open_late) AS open_in_time, sum(open_late) AS open_late,
    whole_sum(unclear - unclear_before) AS unclear
FROM service_period_in($calendar, $period)
JOIN members_of($unit) USING (unit_code)
JOIN current_unit AS member USING (unit_code)
JOIN field USING (field_code)
GROUP BY level_code, level_name, field_code, field.name
HAVING sum(handled + received) > 0
ORDER BY level_code, icu_sort_key(field.name, 'vi'), field_code
