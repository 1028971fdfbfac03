-- Cán bộ từ ngưỡng hồ sơ trễ chưa ghi nguyên nhân trở lên ở nhiều kỳ liền nhau đến kỳ này, theo mã; chỉ cho người được xem mã.
-- returns: officer_code, unit_name, row_periods, since_title, late, unexplained
-- needs: officer_code late_cause
SELECT officer_code, unit.name AS unit_name, row_periods, since_title, late, unexplained
FROM officer_streak_in($calendar, $period, $unit, $field, $channel, CAST($threshold AS INTEGER)) AS streak
JOIN current_unit AS unit USING (unit_code)
ORDER BY row_periods DESC, unexplained DESC, late DESC, unit_name, officer_code
