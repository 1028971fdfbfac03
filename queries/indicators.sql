-- Các chỉ tiêu: cách tính, đơn vị đo, chiều tốt, trọng số, nguồn và tình trạng xác nhận.
-- returns: indicator_code, name, short_name, group_code, measure, direction, weight, limit_value, kind, over_time, formula, source, status, is_monthly
SELECT indicator_code, name, short_name, group_code, measure, direction, weight, limit_value, kind, over_time, formula, source,
    status, frequency = 'month' AS is_monthly
FROM indicator
ORDER BY sort
