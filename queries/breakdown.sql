-- Hồ sơ trong kỳ chia theo đơn vị, lĩnh vực, kênh hoặc mức độ dịch vụ: số của một danh sách và tỷ lệ trễ.
-- returns: code, name, handled, dossiers, late, value, measure, status, low_volume, rank
WITH named AS (
    SELECT CASE $dimension WHEN 'unit' THEN shown_code WHEN 'field' THEN field_code WHEN 'channel' THEN channel
        ELSE service_level END AS code, *
    FROM subset_cell
    JOIN (SELECT member_code AS unit_code FROM scope_unit WHERE unit_code = $unit) AS member USING (unit_code)
    JOIN (SELECT member_code AS unit_code, shown_code FROM shown_unit) AS shown USING (unit_code)
    WHERE calendar = $calendar AND period_code = $period AND ($field = '' OR field_code = $field) AND ($channel = '' OR channel = $channel)
),
listed AS (
    SELECT CASE $dimension WHEN 'unit' THEN shown_code WHEN 'field' THEN field_code WHEN 'channel' THEN channel
        ELSE service_level END AS code, sum(dossiers) AS dossiers
    FROM subset_count($calendar, $period, $subset)
    JOIN (SELECT member_code AS unit_code FROM scope_unit WHERE unit_code = $unit) AS member USING (unit_code)
    JOIN (SELECT member_code AS unit_code, shown_code FROM shown_unit) AS shown USING (unit_code)
    WHERE ($field = '' OR field_code = $field) AND ($channel = '' OR channel = $channel)
    GROUP BY 1
),
counted AS (
    SELECT code, sum(handled) AS handled, any_value(listed.dossiers) AS dossiers, sum(late) AS late
    FROM named JOIN listed USING (code) GROUP BY code HAVING sum(handled) > 0
)
SELECT code, coalesce(unit.name, field.short_name, CASE code WHEN 'online' THEN 'Trực tuyến' WHEN 'postal' THEN 'Bưu chính'
        WHEN 'direct' THEN 'Trực tiếp' WHEN 'full' THEN 'Toàn trình' WHEN 'partial' THEN 'Một phần'
        WHEN 'none' THEN 'Không trực tuyến' WHEN 'information' THEN 'Cung cấp thông tin' ELSE code END) AS name,
    handled, dossiers, late,
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
