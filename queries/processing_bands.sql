-- Hồ sơ của một danh sách đã kết thúc theo phần thời hạn quy định đã dùng (ngày làm việc thực tế / thời hạn của thủ tục).
-- returns: code, name, dossiers, value, measure, status, low_volume, rank
WITH used AS (
    SELECT CASE WHEN ended_working_days <= 0.25 * statutory_days THEN 1 WHEN ended_working_days <= 0.5 * statutory_days THEN 2
            WHEN ended_working_days <= 0.75 * statutory_days THEN 3 WHEN ended_working_days <= statutory_days THEN 4
            WHEN ended_working_days <= 1.5 * statutory_days THEN 5 ELSE 6 END AS band
    FROM listed_dossier($calendar, $period, $subset) AS listed
    JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
    WHERE is_resolved AND statutory_days > 0 AND ($field = '' OR listed.field_code = $field)
        AND ($channel = '' OR listed.channel = $channel)
)
SELECT 'band_' || band AS code, title AS name, count(used.band) AS dossiers,
    100 * count(used.band) / nullif(sum(count(used.band)) OVER (), 0) AS value, '%' AS measure,
    CASE WHEN band <= 4 THEN 'context' ELSE 'missed' END AS status, false AS low_volume, CAST(NULL AS INTEGER) AS rank
FROM (VALUES (1, 'Đến 25 % thời hạn'), (2, '25–50 %'), (3, '50–75 %'), (4, '75–100 %'), (5, '100–150 %'), (6, 'Trên 150 %'))
    AS named (band, title)
LEFT JOIN used USING (band)
GROUP BY band, title
ORDER BY band
