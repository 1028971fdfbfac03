-- Những năm trong khoảng ngày mà bảng ngày nghỉ chưa có; năm cuối của bảng, nếu mọi năm thiếu đều ở sau năm ấy.
-- returns: missing_years, last_year
SELECT string_agg(CAST(year AS VARCHAR), ', ' ORDER BY year) AS missing_years,
    CASE WHEN min(year) > max(last_year) THEN max(last_year) END AS last_year
FROM (SELECT DISTINCT year(day) AS year FROM calendar_day WHERE day BETWEEN CAST($start_on AS DATE) AND CAST($end_on AS DATE))
CROSS JOIN (SELECT max(year) AS last_year FROM holiday_year)
WHERE year NOT IN (SELECT year FROM holiday_year)
