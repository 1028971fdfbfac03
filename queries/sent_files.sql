-- Những lần nạp nào có dòng của một bảng cho một đơn vị trong 12 tháng đến hết kỳ: tháng nào, mấy dòng, khoảng ngày tệp nói tới, cột nào tệp không có.
-- returns: upload_order, first_title, last_title, row_count, units, from_on, to_on, older, as_of, column_titles
WITH own AS (SELECT unit_code FROM members_of($unit) UNION SELECT $unit),
counted AS (
    SELECT upload_order, arg_min(short_title, month) AS first_title, arg_max(short_title, month) AS last_title,
        CAST(sum(row_count) AS BIGINT) AS row_count, count(DISTINCT unit_code) AS units
    FROM sent_month JOIN own USING (unit_code) JOIN month_until($calendar, $period) USING (month)
    WHERE table_name = $table AND age <= 12
    GROUP BY upload_order
),
lacked AS (
    SELECT upload_order, string_agg(title, ', ' ORDER BY title) AS column_titles
    FROM upload_told JOIN needed_column ON contains(lacks, ' ' || column_name || ' ')
    GROUP BY upload_order
)
SELECT counted.upload_order, first_title, last_title, row_count, counted.units, from_on, to_on, upload_told.older, upload_told.as_of, column_titles
FROM counted
LEFT JOIN upload_told ON $table = 'dossier' AND upload_told.upload_order = counted.upload_order
LEFT JOIN lacked ON $table = 'dossier' AND lacked.upload_order = counted.upload_order
ORDER BY counted.upload_order DESC
