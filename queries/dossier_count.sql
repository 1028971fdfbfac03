-- Số hồ sơ của một danh sách.
-- returns: dossiers, pages
WITH summed AS (
    -- NULL if no file says what the list needs.
    SELECT CASE WHEN count(*) = 0 THEN 0 ELSE sum(dossiers) END AS dossiers
    FROM subset_count($calendar, $period, $subset) JOIN members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
),
land AS (
    SELECT sum(land_unheld) AS unheld, sum(land_open) AS still_open
    FROM subset_cell_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    WHERE is_tier($subset) AND is_chosen($field, field_code) AND is_chosen($channel, channel)
),
counted AS (
    SELECT CASE WHEN is_tier($subset) THEN tier_told(dossiers, unheld, still_open) ELSE dossiers END AS dossiers
    FROM summed CROSS JOIN land
),
-- Only a text search reads the dossiers themselves.
found AS (
    SELECT count(*) AS dossiers
    FROM listed_dossier($start_on, $judged_on, $subset) AS listed
    JOIN members_of($unit) USING (unit_code)
    JOIN procedure USING (procedure_code)
    WHERE $search <> '' AND is_chosen($field, listed.field_code) AND is_chosen($channel, listed.channel)
        AND contains(lower(concat_ws(' ', dossier_code, procedure_code, procedure.name)), lower($search))
)
SELECT CAST(CASE WHEN $search = '' THEN counted.dossiers ELSE found.dossiers END AS BIGINT) AS dossiers,
    greatest(1, CAST(ceil(coalesce(CASE WHEN $search = '' THEN counted.dossiers ELSE found.dossiers END, 0) / 50.0) AS INTEGER))
        AS pages
FROM counted CROSS JOIN found
