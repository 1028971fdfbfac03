-- Hồ sơ đã kết thúc của một danh sách theo phần thời hạn quy định đã dùng (ngày làm việc thực tế / thời hạn của thủ tục).
-- returns: code, name, dossiers, value, measure, status, low_volume, rank
WITH used AS (
    SELECT subset_code, CAST(sum(dossiers) AS BIGINT) AS dossiers
    FROM detail_period AS cell
    JOIN scope_unit ON scope_unit.member_code = cell.unit_code AND scope_unit.unit_code = $unit
    WHERE calendar = $calendar AND period_code = $period AND ($field = '' OR field_code = $field) AND ($channel = '' OR channel = $channel)
    GROUP BY subset_code
)
-- The code is that of the list of these dossiers.
SELECT $subset || '_used_' || band AS code, band_title AS name, coalesce(dossiers, 0) AS dossiers,
    100 * coalesce(dossiers, 0) / nullif(sum(coalesce(dossiers, 0)) OVER (), 0) AS value, '%' AS measure,
    CASE WHEN up_to <= 1 THEN 'context' ELSE 'missed' END AS status, false AS low_volume, CAST(NULL AS INTEGER) AS rank
FROM used_band
LEFT JOIN used ON subset_code = $subset || '_used_' || band
ORDER BY band
