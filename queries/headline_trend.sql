-- Từng tháng đã trọn của các chỉ tiêu một đơn vị, 13 tháng gần nhất tính đến hết kỳ đang xem.
-- returns: code, period_code, value
SELECT indicator_code AS code, period.period_code, value
FROM progress
JOIN period ON period.calendar = progress.calendar AND period.period_code = progress.period_code
WHERE period.calendar = $calendar AND period.kind = 'month' AND progress.cut = 'full' AND progress.unit_code = $unit
    AND NOT period.is_partial
    AND period.last_month BETWEEN (
        SELECT last_month - 12 FROM period WHERE calendar = $calendar AND period_code = $period
    ) AND (SELECT last_month FROM period WHERE calendar = $calendar AND period_code = $period)
ORDER BY indicator_code, period.last_month
