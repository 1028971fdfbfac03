-- Số hồ sơ của một danh sách.
-- returns: dossiers, pages, text
SELECT count(*) AS dossiers, greatest(1, CAST(ceil(count(*) / 50.0) AS INTEGER)) AS pages,
    vi_quantity(count(*), 'hồ sơ') AS text
FROM listed_dossier($calendar, $period, $subset) AS listed
JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
JOIN procedure USING (procedure_code)
WHERE ($field = '' OR listed.field_code = $field) AND ($channel = '' OR listed.channel = $channel)
    AND contains(lower(concat_ws(' ', dossier_code, procedure_code, procedure.name)), lower($search))
