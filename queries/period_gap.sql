-- Của một đơn vị trong kỳ: mấy đơn vị thành viên có đủ số liệu hồ sơ, số liệu đến ngày nào, tệp không có cột nào.
-- returns: known_units, all_units, known_on, older_known, rows_known, silent_names, column_titles, member_word
WITH lacked AS (
    SELECT DISTINCT title
    FROM service_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    JOIN needed_column ON contains(lacks, ' ' || column_name || ' ')
    -- Of the columns that the page, the list or the indicator needs.
    WHERE handled > 0 AND is_needed($columns, column_name)
        AND is_needed(coalesce((SELECT needs FROM dossier_subset WHERE subset_code = $list), '*'), column_name)
        AND is_needed(coalesce((SELECT needs FROM indicator_need WHERE indicator_code = $indicator), '*'), column_name)
),
-- The members that usually receive the most dossiers of those that have sent nothing for the period.
silent AS (
    SELECT unit.name, daily_dossiers
    FROM members_of($unit)
    JOIN known_member_in($calendar, $period) AS member USING (unit_code)
    JOIN unit_volume USING (unit_code)
    JOIN unit USING (unit_code)
    WHERE member.all_units > 0 AND member.known_units = 0 AND daily_dossiers > 0
    ORDER BY daily_dossiers DESC, unit_code
    LIMIT 3
)
SELECT known_member.known_units, known_member.all_units, known_member.last_day AS known_on,
    open_known AND flow_known AS older_known, rows_known,
    CASE WHEN is_enough(known_member.known_units, known_member.all_units, known_minimum) AND NOT volume_known
        THEN (SELECT string_agg(name, ', ' ORDER BY daily_dossiers DESC, name) FROM silent) END AS silent_names,
    (SELECT string_agg(title, ', ' ORDER BY title) FROM lacked) AS column_titles, member_word
FROM home_word
CROSS JOIN rule
LEFT JOIN known_member_in($calendar, $period) AS known_member ON unit_code = $unit
