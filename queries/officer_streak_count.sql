-- Bao nhiêu cán bộ, ở bao nhiêu đơn vị, có từ ngưỡng hồ sơ trễ chưa ghi nguyên nhân ở nhiều kỳ liền nhau; không nêu tên, không nêu mã.
-- returns: officers, units, most, kind, threshold
-- needs: officer_code late_cause
SELECT count(officer_code) AS officers, count(DISTINCT unit_code) AS units, max(row_periods) AS most,
    CASE WHEN any_value(chosen.kind) = 'cumulative' THEN 'month' ELSE any_value(chosen.kind) END AS kind, CAST($threshold AS INTEGER) AS threshold
FROM (SELECT max(kind) AS kind FROM chosen_period($calendar, $period)) AS chosen
LEFT JOIN officer_streak_in($calendar, $period, $unit, $field, $channel, CAST($threshold AS INTEGER)) ON true
