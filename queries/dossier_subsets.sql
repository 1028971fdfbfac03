-- Các danh sách hồ sơ có thể mở, và số hồ sơ của từng danh sách.
-- returns: subset_code, title, group_code, dossiers
WITH summed AS (
    -- 0 if there is no dossier at all, NULL if no file says what the list needs.
    SELECT coalesce(sum(COLUMNS(cell.* EXCLUDE (calendar, period_code, unit_code, field_code, channel, service_level, lacks))),
        CASE WHEN count(*) = 0 THEN 0 END) AS '\0'
    FROM subset_cell_in($calendar, $period) AS cell JOIN members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
),
counted AS (
    FROM summed UNPIVOT INCLUDE NULLS (dossiers FOR subset_code IN (*))
    UNION ALL
    SELECT subset_code, sum(dossiers)
    FROM detail_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
    GROUP BY subset_code
)
SELECT subset_code, title, group_code,
    CAST(CASE WHEN counted.subset_code IS NULL THEN 0 WHEN is_tier(subset_code) THEN tier_told(dossiers, land_unheld, land_open)
        ELSE dossiers END AS BIGINT) AS dossiers
FROM dossier_subset
LEFT JOIN counted USING (subset_code)
CROSS JOIN (SELECT land_unheld, land_open FROM summed)
ORDER BY sort
