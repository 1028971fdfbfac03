-- Từng tháng đã trọn của các chỉ tiêu một đơn vị, 13 tháng gần nhất tính đến hết kỳ đang xem.
-- returns: code, period_code, value
-- A month known in part is a gap in the line: two communes say nothing of a change of the district.
SELECT indicator_code AS code, period_code, CASE WHEN is_whole THEN value END AS value
FROM progress
JOIN recent_month($calendar, $period) AS recent USING (calendar, period_code)
WHERE cut = 'full' AND unit_code = $unit AND NOT is_partial
ORDER BY indicator_code, last_month
