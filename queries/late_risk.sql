-- Những hồ sơ đang giải quyết, chưa trễ, nhưng dễ trễ nhất: hồ sơ giống như thế đã xong thì bao nhiêu phần trễ.
-- returns: dossier_code, procedure_name, field_name, unit_name, due_on, days_left, holder_tier, chance, alike, alike_late, next_step
SELECT dossier_code, procedure.name AS procedure_name, field.short_name AS field_name, unit.name AS unit_name, due_on, days_left, holder_tier, 100 * chance AS chance, alike, alike_late,
    CASE WHEN days_left <= 1 AND holder_tier = 'province' THEN 'Hỏi Văn phòng Đăng ký đất đai; không kịp thì xin lỗi, hẹn lại ngay'
        WHEN holder_tier = 'province' THEN 'Hỏi Văn phòng Đăng ký đất đai; không kịp thì xin lỗi, hẹn lại trước ngày hẹn'
        WHEN days_left <= 1 THEN 'Giải quyết ngay; không kịp thì xin lỗi, hẹn lại ngay'
        ELSE 'Giải quyết trước ngày hẹn; không kịp thì xin lỗi, hẹn lại trước ngày hẹn' END AS next_step
FROM newest_risk($calendar, $period) AS risk
JOIN members_of($unit) USING (unit_code)
JOIN current_unit AS unit USING (unit_code)
JOIN procedure USING (procedure_code)
JOIN field ON field.field_code = risk.field_code
WHERE is_chosen($field, risk.field_code) AND is_chosen($channel, risk.channel)
ORDER BY chance DESC, days_left, dossier_code
LIMIT 8
