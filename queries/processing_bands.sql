-- Hồ sơ đã kết thúc của một danh sách theo phần thời hạn quy định đã dùng (ngày làm việc thực tế / thời hạn của thủ tục).
-- returns: code, name, dossiers, value, measure, status, low_volume, rank
WITH used AS (
    SELECT used_band AS band
    FROM listed_dossier($calendar, $period, $subset) AS listed
    JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
    WHERE ($field = '' OR listed.field_code = $field) AND ($channel = '' OR listed.channel = $channel)
)
-- The code is that of the list of these dossiers.
SELECT $subset || '_used_' || band AS code, band_title AS name, count(used.band) AS dossiers,
    100 * count(used.band) / nullif(sum(count(used.band)) OVER (), 0) AS value, '%' AS measure,
    CASE WHEN up_to <= 1 THEN 'context' ELSE 'missed' END AS status, false AS low_volume, CAST(NULL AS INTEGER) AS rank
FROM used_band
LEFT JOIN used USING (band)
GROUP BY band, band_title, up_to
ORDER BY band
