-- Hồ sơ đã kết thúc của một danh sách theo phần thời hạn quy định đã dùng (ngày làm việc thực tế / thời hạn của thủ tục).
-- returns: code, name, dossiers, value, measure, status, low_volume, rank
WITH used AS (
    SELECT subset_code, CAST(sum(dossiers) AS BIGINT) AS dossiers
    FROM detail_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
    GROUP BY subset_code
)
-- code is the subset code of the list of these dossiers.
SELECT $subset || '_used_' || band AS code, band_title AS name, coalesce(dossiers, 0) AS dossiers,
    100 * coalesce(dossiers, 0) / nullif(sum(coalesce(dossiers, 0)) OVER (), 0) AS value, '%' AS measure,
    CASE WHEN sum(coalesce(dossiers, 0)) OVER () = 0 THEN 'missing' WHEN up_to <= 1 THEN 'context' ELSE 'missed' END AS status, false AS low_volume, CAST(NULL AS INTEGER) AS rank
FROM used_band
LEFT JOIN used ON subset_code = $subset || '_used_' || band
ORDER BY band
