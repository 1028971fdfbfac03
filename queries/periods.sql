-- Các kỳ có thể chọn trong một lịch, mới nhất trước.
-- returns: kind, period_code, title, short_title, start_on, end_on, judged_on, is_partial, previous_code, last_year_code
SELECT kind, period_code, title, short_title, start_on, end_on, judged_on, is_partial, previous_code, last_year_code
FROM period
WHERE calendar = $calendar
ORDER BY last_month DESC
