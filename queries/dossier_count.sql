-- Số hồ sơ của một danh sách.
-- returns: dossiers, pages
WITH counted AS (
    SELECT sum(dossiers) AS dossiers
    FROM subset_count($calendar, $period, $subset) JOIN members_of($unit) USING (unit_code)
    WHERE $search = '' AND is_chosen($field, field_code) AND is_chosen($channel, channel)
    UNION ALL
    -- Only a text search reads the dossiers themselves.
    SELECT count(*)
    FROM listed_dossier($start_on, $judged_on, $subset) AS listed
    JOIN members_of($unit) USING (unit_code)
    JOIN procedure USING (procedure_code)
    WHERE $search <> '' AND is_chosen($field, listed.field_code) AND is_chosen($channel, listed.channel)
        AND contains(lower(concat_ws(' ', dossier_code, procedure_code, procedure.name)), lower($search))
)
SELECT CAST(coalesce(sum(dossiers), 0) AS BIGINT) AS dossiers,
    greatest(1, CAST(ceil(coalesce(sum(dossiers), 0) / 50.0) AS INTEGER)) AS pages
FROM counted
