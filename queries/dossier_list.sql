-- Một trang của danh sách hồ sơ: những hồ sơ nào, ở đâu, trễ bao lâu, cần làm gì.
-- returns: dossier_code, procedure_name, unit_name, due_on, days_late, state_name, next_step, apology_on, officer_code, field_name, channel_name, received_on, ended_on, position
WITH shown AS (
    SELECT dossier_code, procedure.name AS procedure_name, field.short_name AS field_name, unit.name AS unit_name,
        CASE listed.channel WHEN 'online' THEN 'Trực tuyến' WHEN 'postal' THEN 'Bưu chính' ELSE 'Trực tiếp' END AS channel_name,
        received_on, due_on, CASE WHEN is_resolved THEN ended_on END AS ended_on,
        CASE WHEN is_resolved_late THEN 'Xong, quá hạn' WHEN is_resolved THEN 'Xong' WHEN is_open_late THEN 'Đang quá hạn'
            WHEN is_waiting THEN 'Chờ bổ sung' ELSE 'Đang giải quyết' END AS state_name,
        days_late, apology_on, officer_code,
        CASE WHEN is_late AND NOT coalesce(is_apologised, false) THEN 'Ban hành thư xin lỗi, hẹn lại ngày trả'
            WHEN is_open_late THEN 'Giải quyết dứt điểm, báo cáo nguyên nhân'
            WHEN is_waiting THEN 'Nhắc người dân bổ sung'
            WHEN is_resolved AND not_closed_in_system THEN 'Kết thúc hồ sơ trên hệ thống'
            WHEN NOT is_resolved AND days_left BETWEEN 0 AND 5 THEN 'Giải quyết trước ngày hẹn'
            ELSE '' END AS next_step
    FROM listed_dossier($calendar, $period, $subset) AS listed
    JOIN scope_unit ON scope_unit.member_code = listed.unit_code AND scope_unit.unit_code = $unit
    JOIN current_unit AS unit
        ON unit.unit_code = listed.unit_code
    JOIN field USING (field_code)
    JOIN procedure USING (procedure_code)
    WHERE ($field = '' OR listed.field_code = $field) AND ($channel = '' OR listed.channel = $channel)
        AND contains(lower(concat_ws(' ', dossier_code, procedure_code, procedure.name)), lower($search))
),
numbered AS (
    SELECT *, row_number() OVER (
        ORDER BY CASE $sort WHEN 'days_late' THEN -days_late WHEN 'due_on' THEN epoch(CAST(due_on AS TIMESTAMP))
            WHEN 'received_on' THEN -epoch(CAST(received_on AS TIMESTAMP)) END NULLS LAST, dossier_code
    ) AS position
    FROM shown
)
SELECT dossier_code, procedure_name, unit_name, due_on, days_late, state_name, next_step, apology_on, officer_code, field_name,
    channel_name, received_on, ended_on, position
FROM numbered
-- Fifty to a page; a page that is no number is the whole list.
WHERE TRY_CAST($page AS INTEGER) IS NULL
    OR position BETWEEN 50 * CAST($page AS INTEGER) - 49 AND 50 * CAST($page AS INTEGER)
ORDER BY position
