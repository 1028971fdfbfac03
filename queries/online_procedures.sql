-- Thủ tục có dịch vụ công trực tuyến: số tiếp nhận, phần nộp trực tuyến, ít nhất trước.
-- returns: code, name, level_name, received, received_online, value, measure, is_essential
-- needs: channel
WITH received AS (
    SELECT procedure_code, nullif(sum(received), 0) AS received,
        CASE WHEN count(*) FILTER (WHERE received > 0 AND channel = 'unknown') = 0
            THEN coalesce(sum(received) FILTER (WHERE channel = 'online'), 0) END AS received_online
    FROM procedure_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    GROUP BY procedure_code
)
SELECT procedure_code AS code, procedure.name, CASE service_level WHEN 'full' THEN 'Toàn trình' ELSE 'Một phần' END AS level_name,
    CAST(coalesce(received, 0) AS BIGINT) AS received, CAST(CASE WHEN received IS NULL THEN 0 ELSE received_online END AS BIGINT) AS received_online,
    100 * received_online / received AS value, '%' AS measure, CASE WHEN essential THEN 'Thiết yếu' ELSE '' END AS is_essential
FROM procedure
LEFT JOIN received USING (procedure_code)
WHERE service_level IN ('full', 'partial') AND is_chosen($field, field_code)
-- Those without a dossier first, those of which nobody knows the channel last.
ORDER BY coalesce(received, 0) > 0 AND value IS NULL, value NULLS FIRST, coalesce(received, 0) DESC, code
