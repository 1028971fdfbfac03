-- Các dịch vụ công thiết yếu của Đề án 06 có trong danh mục thủ tục: có hồ sơ trực tuyến trong kỳ hay chưa.
-- returns: name, level_name, received, received_online, state_name
WITH received AS (
    SELECT procedure_code, sum(received) AS received, CASE WHEN count(*) FILTER (WHERE received > 0 AND channel = 'unknown') = 0
            THEN coalesce(sum(received) FILTER (WHERE channel = 'online'), 0) END AS received_online
    FROM procedure_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    GROUP BY procedure_code
)
SELECT procedure.name, CASE service_level WHEN 'full' THEN 'Toàn trình' WHEN 'partial' THEN 'Một phần' ELSE 'Chưa trực tuyến' END AS level_name,
    CAST(coalesce(received, 0) AS BIGINT) AS received, CAST(CASE WHEN received IS NULL THEN 0 ELSE received_online END AS BIGINT) AS received_online,
    CASE WHEN received_online > 0 THEN 'Đang thực hiện' WHEN received > 0 AND received_online IS NULL THEN 'Chưa rõ kênh nộp' WHEN received > 0 THEN 'Chưa có hồ sơ trực tuyến'
        ELSE 'Chưa phát sinh hồ sơ' END AS state_name
FROM procedure
LEFT JOIN received USING (procedure_code)
WHERE essential
ORDER BY coalesce(received_online, 0) DESC, name
