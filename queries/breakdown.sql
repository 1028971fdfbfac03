-- Hồ sơ trong kỳ chia theo đơn vị, lĩnh vực, kênh hoặc mức độ dịch vụ: số của một danh sách và tỷ lệ trễ.
-- returns: code, name, handled, dossiers, late, late_text, value, measure, status, low_volume, rank
WITH named AS (
    SELECT period.*, listed.dossier_code IS NOT NULL AS is_listed,
        CASE $dimension WHEN 'unit' THEN shown_code WHEN 'field' THEN period.field_code
            WHEN 'channel' THEN period.channel ELSE period.service_level END AS code
    FROM period_dossier($calendar, $period) AS period
    JOIN scope_unit ON scope_unit.member_code = period.unit_code AND scope_unit.unit_code = $unit
    JOIN shown_unit ON shown_unit.member_code = period.unit_code
    LEFT JOIN (SELECT dossier_code FROM listed_dossier($calendar, $period, $subset)) AS listed USING (dossier_code)
    WHERE ($field = '' OR period.field_code = $field) AND ($channel = '' OR period.channel = $channel)
),
counted AS (
    SELECT code, count(*) AS handled, count(*) FILTER (WHERE is_listed) AS dossiers,
        count(*) FILTER (WHERE is_late) AS late
    FROM named GROUP BY code
)
SELECT code, coalesce(unit.name, field.short_name, CASE code WHEN 'online' THEN 'Trực tuyến' WHEN 'postal' THEN 'Bưu chính'
        WHEN 'direct' THEN 'Trực tiếp' WHEN 'full' THEN 'Toàn trình' WHEN 'partial' THEN 'Một phần'
        WHEN 'none' THEN 'Không trực tuyến' WHEN 'information' THEN 'Cung cấp thông tin' ELSE code END) AS name,
    handled, dossiers, late,
    vi_quantity(late, 'hồ sơ') || ' · ' || vi_quantity(100 * late / nullif(handled, 0), '%') AS late_text,
    100 * late / nullif(handled, 0) AS value, '%' AS measure,
    late_status(100 * late / nullif(handled, 0), goal.target, goal.alert) AS status,
    handled < low_volume AS low_volume, row_number() OVER (ORDER BY late / handled DESC, handled DESC, code) AS rank
FROM counted
LEFT JOIN current_unit AS unit
    ON $dimension = 'unit' AND unit.unit_code = code
LEFT JOIN field ON $dimension = 'field' AND field.field_code = code
CROSS JOIN rule
JOIN period ON period.calendar = $calendar AND period.period_code = $period
LEFT JOIN indicator_target AS goal ON goal.indicator_code = 'T05' AND goal.year = period.year AND goal.scope = 'district'
WHERE dossiers > 0
ORDER BY rank
