-- Của một đơn vị trong kỳ: mấy đơn vị thành viên có đủ số liệu hồ sơ, số liệu đến ngày nào, tệp không có cột nào.
-- returns: known_units, all_units, known_on, older_known, column_titles, member_word
WITH lacked AS (
    SELECT DISTINCT title
    FROM service_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    JOIN needed_column ON contains(lacks, ' ' || column_name || ' ')
    -- Of the columns that the page, or the list, needs.
    WHERE handled > 0 AND is_needed($columns, column_name)
        AND is_needed(coalesce((SELECT needs FROM dossier_subset WHERE subset_code = $list), '*'), column_name)
)
SELECT known_member.known_units, known_member.all_units, known_member.last_day AS known_on,
    open_known AND flow_known AS older_known,
    (SELECT string_agg(title, ', ' ORDER BY title) FROM lacked) AS column_titles, member_word
FROM home_word
LEFT JOIN known_member_in($calendar, $period) AS known_member ON unit_code = $unit
