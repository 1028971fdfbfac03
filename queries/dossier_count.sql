-- Số hồ sơ của một danh sách.
-- returns: dossiers, pages
WITH counted AS (
    SELECT sum(dossiers) AS dossiers
    FROM subset_count($calendar, $period, $subset) AS cell
    JOIN scope_unit ON scope_unit.member_code = cell.unit_code AND scope_unit.unit_code = $unit
    WHERE $search = '' AND ($field = '' OR cell.field_code = $field) AND ($channel = '' OR cell.channel = $channel)
    UNION ALL
    -- Only a search looks at the dossiers themselves.
    SELECT count(*)
    FROM listed_dossier($start_on, $judged_on, $subset) AS listed
    JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
    JOIN procedure USING (procedure_code)
    WHERE $search <> '' AND ($field = '' OR listed.field_code = $field) AND ($channel = '' OR listed.channel = $channel)
        AND contains(lower(concat_ws(' ', dossier_code, procedure_code, procedure.name)), lower($search))
)
SELECT CAST(coalesce(sum(dossiers), 0) AS BIGINT) AS dossiers,
    greatest(1, CAST(ceil(coalesce(sum(dossiers), 0) / 50.0) AS INTEGER)) AS pages
FROM counted
