-- Các dịch vụ công thiết yếu của Đề án 06 có trong danh mục thủ tục: có hồ sơ trực tuyến trong kỳ hay chưa.
-- returns: name, level_name, received, received_online, state_name
SELECT procedure.name, CASE service_level WHEN 'full' THEN 'Toàn trình' WHEN 'partial' THEN 'Một phần' ELSE 'Chưa trực tuyến' END AS level_name,
    count(listed.dossier_code) AS received, count(listed.dossier_code) FILTER (WHERE listed.channel = 'online') AS received_online,
    CASE WHEN count(listed.dossier_code) FILTER (WHERE listed.channel = 'online') > 0 THEN 'Đang thực hiện'
        WHEN count(listed.dossier_code) > 0 THEN 'Chưa có hồ sơ trực tuyến' ELSE 'Chưa phát sinh hồ sơ' END AS state_name
FROM procedure
LEFT JOIN (
    SELECT received.dossier_code, received.procedure_code, received.channel FROM listed_dossier($calendar, $period, 'received') AS received
    JOIN scope_unit ON scope_unit.member_code = received.unit_code AND scope_unit.unit_code = $unit
) AS listed USING (procedure_code)
WHERE essential
GROUP BY procedure.procedure_code, procedure.name, service_level
ORDER BY received_online DESC, name
