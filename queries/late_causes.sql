-- Nguyên nhân của các hồ sơ trễ hạn, chủ quan hay khách quan.
-- returns: code, name, kind_name, dossiers, value, measure, status, low_volume, rank
WITH counted AS (
    -- The code is that of the list of these dossiers.
    SELECT coalesce('cause_' || late_cause, 'unexplained') AS code, count(*) AS dossiers
    FROM listed_dossier($calendar, $period, 'late') AS listed
    JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
    WHERE ($field = '' OR listed.field_code = $field) AND ($channel = '' OR listed.channel = $channel)
    GROUP BY late_cause
)
SELECT code, coalesce(cause.name, 'Chưa ghi nguyên nhân') AS name,
    CASE attribution WHEN 'subjective' THEN 'Chủ quan' WHEN 'objective' THEN 'Khách quan' ELSE 'Chưa rõ' END AS kind_name,
    dossiers, 100 * dossiers / sum(dossiers) OVER () AS value, '%' AS measure, 'context' AS status,
    false AS low_volume, row_number() OVER (ORDER BY dossiers DESC, code) AS rank
FROM counted
LEFT JOIN late_cause AS cause ON 'cause_' || cause.cause_code = code
ORDER BY rank
