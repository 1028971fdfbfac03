-- Các kỳ có thể chọn trong một lịch, mới nhất trước.
-- returns: kind, period_code, title, short_title, start_on, end_on, judged_on, is_partial, previous_code, last_year_code, is_known, scope
WITH whole AS (
    SELECT period_code, all_units > 0 AND is_enough(known_units, all_units, known_minimum) AND rows_known AND volume_known AS is_whole
    FROM known_member CROSS JOIN rule
    WHERE calendar = $calendar AND cut = 'full' AND unit_code = home_code
)
SELECT kind, period_code, title, short_title, start_on, end_on, judged_on, is_partial, previous_code, last_year_code,
    coalesce(is_whole, false) AS is_known, era_scope($calendar, listed.period_code) AS scope
FROM period AS listed
LEFT JOIN whole USING (period_code)
WHERE calendar = $calendar
ORDER BY last_month DESC
