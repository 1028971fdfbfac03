-- Số hồ sơ của một danh sách theo đơn vị, và phần của nó trong một danh sách lớn hơn, bên cạnh mục tiêu của chỉ tiêu.
-- returns: code, name, dossiers, base, value, measure, target, status, low_volume, rank, share_rank
WITH told AS (
    SELECT unit_code, field_code, channel, lacks, dossiers AS base, 0 AS dossiers FROM subset_count($calendar, $period, $base)
    UNION ALL
    -- Every dossier of this list is also in the larger list.
    SELECT unit_code, field_code, channel, lacks, 0, dossiers FROM subset_count($calendar, $period, $subset)
),
-- Without the dossiers of files that say nothing about one of the two lists.
cell AS (
    SELECT unit_code, field_code, channel, coalesce(sum(base), 0) AS every,
        whole_sum(base) AS base, whole_sum(dossiers) AS dossiers
    FROM told
    GROUP BY unit_code, field_code, channel, lacks
),
counted AS (
    SELECT shown_code AS code, CAST(sum(base) FILTER (WHERE dossiers IS NOT NULL) AS BIGINT) AS base,
        CAST(sum(dossiers) FILTER (WHERE base IS NOT NULL) AS BIGINT) AS dossiers, sum(every) AS every
    FROM cell JOIN shown_members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
    GROUP BY shown_code
)
SELECT code, unit.name, dossiers, base, 100 * dossiers / nullif(base, 0) AS value,
    '%' AS measure,
    goal.target, CASE WHEN dossiers_whole(code, $calendar, $period, 'full') AND is_enough(base, every, known_minimum)
        THEN 'context' ELSE 'partial' END AS status,
    base < low_volume AS low_volume,
    row_number() OVER (ORDER BY dossiers DESC, base DESC, code) AS rank,
    row_number() OVER (ORDER BY dossiers / base DESC, base DESC, code) AS share_rank
FROM counted JOIN current_unit AS unit ON unit.unit_code = code CROSS JOIN rule
LEFT JOIN target_in($calendar, $period) AS goal
    ON goal.indicator_code = $indicator AND goal.scope = CASE WHEN unit.kind = 'district' THEN 'district' ELSE 'commune' END
WHERE dossiers > 0
ORDER BY rank
