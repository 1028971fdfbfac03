-- Các danh sách hồ sơ có thể mở, và số hồ sơ của từng danh sách.
-- returns: subset_code, title, group_code, dossiers, text
SELECT subset_code, title, group_code, dossiers, vi_number(dossiers, 0) AS text FROM (SELECT subset_code, title, group_code, sort, (
    SELECT count(*) FROM listed_dossier($calendar, $period, dossier_subset.subset_code) AS listed
    JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
    WHERE ($field = '' OR listed.field_code = $field) AND ($channel = '' OR listed.channel = $channel)
) AS dossiers
FROM dossier_subset)
ORDER BY sort
