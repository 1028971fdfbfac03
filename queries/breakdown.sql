-- Hồ sơ trong kỳ chia theo đơn vị, lĩnh vực, kênh hoặc mức độ dịch vụ: số của một danh sách và tỷ lệ trễ.
-- returns: code, name, handled, dossiers, late, value, measure, status, low_volume, rank
WITH cell AS (
    SELECT unit_code, field_code, channel, service_level, handled, late, 0 AS dossiers
    FROM subset_cell_in($calendar, $period)
    UNION ALL
    SELECT unit_code, field_code, channel, service_level, 0, 0, dossiers
    FROM subset_count($calendar, $period, $subset)
),
counted AS (
    SELECT CASE $dimension WHEN 'unit' THEN shown_code WHEN 'field' THEN field_code WHEN 'channel' THEN channel
        ELSE service_level END AS code, sum(handled) AS handled, sum(dossiers) AS dossiers, sum(late) AS late
    FROM cell JOIN shown_members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
    GROUP BY 1 HAVING sum(handled) > 0
)
SELECT code, coalesce(unit.name, field.short_name, CASE code WHEN 'online' THEN 'Trực tuyến' WHEN 'postal' THEN 'Bưu chính'
        WHEN 'direct' THEN 'Trực tiếp' WHEN 'unknown' THEN 'Chưa rõ kênh' WHEN 'full' THEN 'Toàn trình' WHEN 'partial' THEN 'Một phần'
        WHEN 'none' THEN 'Không trực tuyến' WHEN 'information' THEN 'Cung cấp thông tin' ELSE code END) AS name,
    handled, dossiers, late,
    100 * late / nullif(handled, 0) AS value, '%' AS measure,
    CASE WHEN dossiers_whole(CASE WHEN $dimension = 'unit' THEN code ELSE $unit END, $calendar, $period, 'full')
        THEN late_status(100 * late / nullif(handled, 0), goal.target, goal.alert) ELSE 'partial' END AS status,
    handled < low_volume AS low_volume, row_number() OVER (ORDER BY late / handled DESC, handled DESC, code) AS rank
FROM counted
LEFT JOIN current_unit AS unit
    ON $dimension = 'unit' AND unit.unit_code = code
LEFT JOIN field ON $dimension = 'field' AND field.field_code = code
CROSS JOIN rule
CROSS JOIN on_time_target($calendar, $period) AS goal
WHERE dossiers > 0
ORDER BY rank
