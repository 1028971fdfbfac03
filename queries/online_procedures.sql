-- Thủ tục có dịch vụ công trực tuyến: số tiếp nhận, phần nộp trực tuyến, ít nhất trước.
-- returns: code, name, level_name, received, received_online, value, measure, is_essential
WITH received AS (
    SELECT procedure_code, nullif(sum(received), 0) AS received,
        coalesce(sum(received) FILTER (WHERE channel = 'online'), 0) AS received_online
    FROM procedure_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    GROUP BY procedure_code
)
SELECT procedure_code AS code, procedure.name, CASE service_level WHEN 'full' THEN 'Toàn trình' ELSE 'Một phần' END AS level_name,
    CAST(coalesce(received, 0) AS BIGINT) AS received, CAST(coalesce(received_online, 0) AS BIGINT) AS received_online,
    100 * received_online / received AS value, '%' AS measure, CASE WHEN essential THEN 'Thiết yếu' ELSE '' END AS is_essential
FROM procedure
LEFT JOIN received USING (procedure_code)
WHERE service_level IN ('full', 'partial') AND is_chosen($field, field_code)
ORDER BY value NULLS FIRST, coalesce(received, 0) DESC, code
