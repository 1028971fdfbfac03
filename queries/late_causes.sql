-- Nguyên nhân của các hồ sơ trễ hạn, chủ quan hay khách quan.
-- returns: code, name, kind_name, dossiers, value, measure, status, low_volume, rank
-- needs: late_cause
WITH cell AS (
    -- code is the subset code of the list of these dossiers.
    SELECT subset_code AS code, unit_code, field_code, channel, dossiers FROM detail_period_in($calendar, $period)
    WHERE starts_with(subset_code, 'cause_')
    UNION ALL
    SELECT 'unexplained', unit_code, field_code, channel, unexplained FROM subset_cell_in($calendar, $period)
),
counted AS (
    SELECT code, CAST(sum(dossiers) AS BIGINT) AS dossiers
    FROM cell JOIN members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
    GROUP BY code HAVING sum(dossiers) > 0
)
SELECT code, coalesce(cause.name, 'Chưa ghi nguyên nhân') AS name,
    CASE attribution WHEN 'subjective' THEN 'Chủ quan' WHEN 'objective' THEN 'Khách quan' ELSE 'Chưa rõ' END AS kind_name,
    dossiers, 100 * dossiers / sum(dossiers) OVER () AS value, '%' AS measure, 'context' AS status,
    false AS low_volume, row_number() OVER (ORDER BY dossiers DESC, code) AS rank
FROM counted
LEFT JOIN late_cause AS cause ON 'cause_' || cause.cause_code = code
ORDER BY rank
