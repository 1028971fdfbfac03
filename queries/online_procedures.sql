-- Thủ tục có dịch vụ công trực tuyến: số tiếp nhận, phần nộp trực tuyến, ít nhất trước.
-- returns: code, name, level_name, received, received_online, value, measure, is_essential
SELECT procedure.procedure_code AS code, procedure.name, CASE service_level WHEN 'full' THEN 'Toàn trình' ELSE 'Một phần' END AS level_name,
    count(listed.dossier_code) AS received, count(listed.dossier_code) FILTER (WHERE listed.channel = 'online') AS received_online,
    100 * count(listed.dossier_code) FILTER (WHERE listed.channel = 'online') / nullif(count(listed.dossier_code), 0) AS value,
    '%' AS measure, CASE WHEN essential THEN 'Thiết yếu' ELSE '' END AS is_essential
FROM procedure
LEFT JOIN (
    SELECT received.dossier_code, received.procedure_code, received.channel FROM listed_dossier($calendar, $period, 'received') AS received
    JOIN scope_unit ON scope_unit.member_code = received.unit_code AND scope_unit.unit_code = $unit
    WHERE $field = '' OR received.field_code = $field
) AS listed USING (procedure_code)
WHERE service_level IN ('full', 'partial') AND ($field = '' OR procedure.field_code = $field)
GROUP BY procedure.procedure_code, procedure.name, service_level, essential
ORDER BY value NULLS FIRST, received DESC, code
