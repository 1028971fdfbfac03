-- Thời gian giải quyết (ngày làm việc) theo lĩnh vực, bên cạnh thời hạn quy định.
-- returns: field_code, name, dossiers, median_days, p90_days, statutory_days, over_share
SELECT field_code, field.short_name AS name, count(*) AS dossiers, median(ended_working_days) AS median_days,
    quantile_cont(ended_working_days, 0.9) AS p90_days, median(listed.statutory_days) AS statutory_days,
    100 * count(*) FILTER (WHERE ended_working_days > listed.statutory_days) / count(*) AS over_share
FROM listed_dossier($calendar, $period, 'resolved') AS listed
JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
JOIN field USING (field_code)
WHERE listed.statutory_days > 0 AND ($field = '' OR field_code = $field) AND ($channel = '' OR listed.channel = $channel)
GROUP BY field_code, field.short_name
ORDER BY over_share DESC, dossiers DESC, field_code
