-- Một trang của danh sách hồ sơ: những hồ sơ nào, ở đâu, trễ bao lâu, cần làm gì.
-- returns: dossier_code, procedure_name, unit_name, due_on, days_late, chance, state_name, next_step, apology_on, officer_code, field_name, channel_name, received_on, ended_on, position
WITH found AS (
    SELECT listed.*, 100 * risk.chance AS chance,
        CASE $sort WHEN 'days_late' THEN -days_late WHEN 'due_on' THEN epoch(CAST(due_on AS TIMESTAMP))
            WHEN 'chance' THEN -risk.chance WHEN 'received_on' THEN -epoch(CAST(received_on AS TIMESTAMP)) END AS sort_key
    FROM listed_dossier($start_on, $judged_on, $subset) AS listed
    JOIN members_of($unit) USING (unit_code)
    LEFT JOIN (SELECT dossier_code, chance FROM newest_risk($calendar, $period)) AS risk USING (dossier_code)
    JOIN procedure USING (procedure_code)
    WHERE is_chosen($field, listed.field_code) AND is_chosen($channel, listed.channel)
        AND ($search = '' OR contains(lower(concat_ws(' ', dossier_code, procedure_code, procedure.name)), lower($search)))
    ORDER BY sort_key NULLS LAST, dossier_code
    -- Fifty rows per page; if $page is not a number, the whole list.
    LIMIT coalesce(50 * sign(TRY_CAST($page AS INTEGER)), 10000000)
    OFFSET coalesce(50 * (TRY_CAST($page AS INTEGER) - 1), 0)
)
SELECT dossier_code, procedure.name AS procedure_name, unit.name AS unit_name, due_on, days_late, chance,
    CASE WHEN is_resolved_late THEN 'Xong, quá hạn' WHEN is_resolved THEN 'Xong' WHEN is_open_late THEN 'Đang quá hạn'
        WHEN is_unclear THEN 'Chưa rõ'
        WHEN is_waiting THEN 'Chờ bổ sung' ELSE 'Đang giải quyết' END AS state_name,
    CASE WHEN is_late AND NOT coalesce(is_apologised, false) AND NOT contains(lacks, ' apology_at ') THEN 'Ban hành thư xin lỗi, hẹn lại ngày trả'
        WHEN is_open_late THEN 'Giải quyết dứt điểm, báo cáo nguyên nhân'
        WHEN is_waiting THEN 'Nhắc người dân bổ sung'
        WHEN is_resolved AND not_closed_in_system THEN 'Kết thúc hồ sơ trên hệ thống'
        WHEN is_unclear THEN 'Nạp tệp có hồ sơ này'
        WHEN is_open AND days_left BETWEEN 0 AND 5 THEN 'Giải quyết trước ngày hẹn'
        ELSE '' END AS next_step,
    apology_on, officer_code, field.short_name AS field_name,
    CASE found.channel WHEN 'online' THEN 'Trực tuyến' WHEN 'postal' THEN 'Bưu chính' WHEN 'direct' THEN 'Trực tiếp' ELSE '' END AS channel_name,
    received_on, CASE WHEN is_resolved THEN ended_on END AS ended_on,
    coalesce(50 * (TRY_CAST($page AS INTEGER) - 1), 0) + row_number() OVER (ORDER BY sort_key NULLS LAST, dossier_code) AS position
FROM found
JOIN current_unit AS unit USING (unit_code)
JOIN field USING (field_code)
JOIN procedure USING (procedure_code)
ORDER BY position
