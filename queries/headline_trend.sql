-- Từng tháng đã trọn của các chỉ tiêu một đơn vị, 13 tháng gần nhất tính đến hết kỳ đang xem.
-- returns: code, period_code, value
SELECT indicator_code AS code, period_code, value
FROM progress
JOIN recent_month($calendar, $period) AS recent USING (calendar, period_code)
WHERE cut = 'full' AND unit_code = $unit AND NOT is_partial
ORDER BY indicator_code, last_month
