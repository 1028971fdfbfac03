-- How much of its statutory time a dossier took, in working days.
CREATE TABLE used_band AS
SELECT * FROM (VALUES (1, 0.25, 'Đến 25 % thời hạn'), (2, 0.5, '25–50 % thời hạn'), (3, 0.75, '50–75 % thời hạn'),
    (4, 1, '75–100 % thời hạn'), (5, 1.5, '100–150 % thời hạn'), (6, NULL, 'Trên 150 % thời hạn'))
    AS named (band, up_to, band_title);

-- What a list of dossiers may be of; the figures of every page are counts of one of these.
CREATE TABLE dossier_subset AS
SELECT * FROM (VALUES
    (1, 'handled', 'Phải giải quyết', 'service'),
    (2, 'carried_over', 'Tồn đầu kỳ', 'service'),
    (3, 'received', 'Tiếp nhận', 'service'),
    (4, 'received_online', 'Tiếp nhận trực tuyến', 'service'),
    (5, 'received_direct', 'Tiếp nhận trực tiếp, bưu chính', 'service'),
    (6, 'resolved', 'Đã giải quyết', 'service'),
    (7, 'resolved_early', 'Đã giải quyết trước hạn', 'service'),
    (8, 'resolved_on_time', 'Đã giải quyết đúng hạn', 'service'),
    (9, 'resolved_late', 'Đã giải quyết quá hạn', 'service'),
    (10, 'open_total', 'Đang giải quyết', 'service'),
    (11, 'open_in_time', 'Đang giải quyết trong hạn', 'service'),
    (12, 'open_late', 'Đang giải quyết quá hạn', 'service'),
    (13, 'open_waiting', 'Đang chờ người dân bổ sung', 'service'),
    (14, 'late', 'Trễ hạn', 'late'),
    (15, 'late_1_5', 'Đang quá hạn 1–5 ngày làm việc', 'late'),
    (16, 'late_6_10', 'Đang quá hạn 6–10 ngày làm việc', 'late'),
    (17, 'late_11_30', 'Đang quá hạn 11–30 ngày làm việc', 'late'),
    (18, 'late_over_30', 'Đang quá hạn trên 30 ngày làm việc', 'late'),
    (19, 'due_1', 'Đến hạn trong 1 ngày làm việc tới', 'late'),
    (20, 'due_3', 'Đến hạn trong 3 ngày làm việc tới', 'late'),
    (21, 'due_5', 'Đến hạn trong 5 ngày làm việc tới', 'late'),
    (22, 'late_without_apology', 'Trễ hạn chưa có thư xin lỗi', 'late'),
    (23, 'rescheduled_repeat', 'Hẹn lại quá một lần', 'discipline'),
    (24, 'late_apologised', 'Trễ hạn đã có thư xin lỗi', 'discipline'),
    (25, 'apology_timely', 'Thư xin lỗi trước hẹn ít nhất 1 ngày làm việc', 'discipline'),
    (26, 'apology_untimely', 'Thư xin lỗi ban hành muộn', 'discipline'),
    (27, 'ineligible', 'Trả lại vì không đủ điều kiện', 'discipline'),
    (28, 'ineligible_early', 'Trả lại trước ngày hẹn', 'discipline'),
    (29, 'ineligible_last_day', 'Trả lại đúng ngày hẹn', 'discipline'),
    (30, 'ineligible_late', 'Trả lại sau ngày hẹn', 'discipline'),
    (31, 'not_closed', 'Giấy đã xong, điện tử chưa kết thúc', 'discipline'),
    (32, 'intake_untimely', 'Nhập hệ thống muộn sau khi nhận giấy', 'discipline'),
    (33, 'closing_untimely', 'Kết thúc điện tử muộn sau khi trả giấy', 'discipline'),
    (34, 'unexplained', 'Trễ hạn chưa ghi nguyên nhân', 'discipline'),
    (35, 'land', 'Hồ sơ đất đai ba cấp', 'land'),
    (36, 'land_late', 'Đất đai ba cấp trễ hạn', 'land'),
    (37, 'land_commune', 'Đang ở cấp xã', 'land'),
    (38, 'land_district', 'Đang ở cấp huyện', 'land'),
    (39, 'land_province', 'Đang ở Văn phòng Đăng ký đất đai tỉnh', 'land'),
    (40, 'received_full', 'Tiếp nhận của dịch vụ công toàn trình', 'online'),
    (41, 'received_full_online', 'Toàn trình nộp trực tuyến', 'online'),
    (42, 'received_postal', 'Tiếp nhận qua bưu chính', 'online'),
    (43, 'fee_due', 'Có phí phải nộp', 'online'),
    (44, 'paid_online', 'Thanh toán trực tuyến', 'online'),
    (45, 'digitised', 'Đã số hóa', 'online'),
    (46, 'reused', 'Tái sử dụng dữ liệu số hóa', 'online'),
    (47, 'result_electronic', 'Có kết quả điện tử', 'online')
) AS subset (sort, subset_code, title, group_code)
UNION ALL
SELECT 100 + row_number() OVER (ORDER BY cause_code), 'cause_' || cause_code, 'Trễ hạn vì: ' || name, 'cause'
FROM late_cause
UNION ALL
SELECT 200 + row_number() OVER (ORDER BY step_number, tier), step_code(step_number, tier),
    'Đất đai trễ ở ' || lower(left(step_title(step_number, tier), 1)) || substr(step_title(step_number, tier), 2), 'land'
FROM (SELECT DISTINCT step_number, tier FROM dossier_step)
UNION ALL
SELECT 300 + sort, subset_code || '_used_' || band, title || ', đã dùng ' || lower(band_title), 'time'
FROM (VALUES (0, 'resolved', 'Đã giải quyết'), (10, 'ineligible', 'Không đủ điều kiện')) AS list (sort, subset_code, title)
CROSS JOIN used_band;

-- Every dossier that a period has to handle, with how it stands at the end of the period (or today, while it runs).
CREATE MACRO period_dossier(wanted_calendar, wanted_period) AS TABLE
WITH span AS (
    SELECT start_on, judged_on AS end_on FROM period
    WHERE calendar = wanted_calendar AND period_code = wanted_period
),
placed AS (
    SELECT dossier.*, span.start_on, span.end_on,
        received_on >= span.start_on AS is_received,
        coalesce(ended_on <= span.end_on, false) AS is_resolved,
        waits_on(supplement_requested_on, supplement_completed_on, span.end_on) AS stands_waiting
    FROM dossier
    JOIN span ON received_on <= span.end_on AND coalesce(ended_on, DATE '2100-01-01') >= span.start_on
    WHERE is_accepted
),
judged AS (
    SELECT *, NOT is_resolved AND stands_waiting AS is_waiting,
        is_resolved AND ended_late AS is_resolved_late,
        NOT is_resolved
            AND late_while_open(stands_waiting, supplement_count, supplement_requested_on, due_on, end_on) AS is_open_late
    FROM placed
)
SELECT judged.* EXCLUDE (stands_waiting), holder.holder_tier,
    coalesce(fee_required AND NOT coalesce(fee_zero, false), false) AS owes_fee,
    coalesce(state = 'stopped' AND CAST(ineligible_returned_at AS DATE) BETWEEN start_on AND end_on, false) AS is_ineligible,
    coalesce(told.intake_untimely, false) AS intake_untimely, coalesce(told.closing_untimely, false) AS closing_untimely,
    is_resolved_late OR is_open_late AS is_late,
    CASE WHEN is_resolved_late THEN ended_days_late
        WHEN is_open_late THEN greatest(judge_day.working_number - due_number, 0) ELSE 0 END AS days_late,
    -- Working days left until it is due: 0 on the day itself, negative once it is past.
    CASE WHEN NOT is_resolved THEN due_number - today.working_number END AS days_left,
    apology_on <= end_on OR (is_resolved AND apology_on IS NOT NULL) AS is_apologised,
    -- Empty while it is open, and where the procedure has no statutory time.
    CASE WHEN is_resolved AND statutory_days > 0 THEN coalesce(
        (SELECT min(band) FROM used_band WHERE ended_working_days <= up_to * statutory_days),
        (SELECT max(band) FROM used_band)
    ) END AS used_band,
    late_steps
FROM judged
LEFT JOIN (
    SELECT dossier_code, arg_max(tier, step_number) FILTER (WHERE step_open(completed_at, span.end_on)) AS holder_tier,
        list(step_code(step_number, tier)) FILTER (WHERE step_late(completed_at, due_at, span.end_on)) AS late_steps
    FROM dossier_step CROSS JOIN span
    WHERE CAST(received_at AS DATE) <= span.end_on
    GROUP BY dossier_code
) AS holder USING (dossier_code)
LEFT JOIN (
    SELECT dossier_code, bool_or(event_kind = 'intake' AND NOT is_timely) AS intake_untimely,
        bool_or(event_kind = 'closing' AND NOT is_timely) AS closing_untimely
    FROM status_event CROSS JOIN span
    WHERE happened_on BETWEEN span.start_on AND span.end_on
    GROUP BY dossier_code
) AS told USING (dossier_code)
JOIN calendar_day AS today ON today.day = judged.end_on
JOIN calendar_day AS judge_day ON judge_day.day = judged_on(is_waiting, supplement_requested_on, judged.end_on);

-- Those of them that a list is of: its one definition, for the list and for its count.
CREATE MACRO listed_dossier(wanted_calendar, wanted_period, wanted_subset) AS TABLE
SELECT * FROM period_dossier(wanted_calendar, wanted_period)
WHERE CASE wanted_subset
    WHEN 'handled' THEN true
    WHEN 'carried_over' THEN NOT is_received
    WHEN 'received' THEN is_received
    WHEN 'received_online' THEN is_received AND channel = 'online'
    WHEN 'received_direct' THEN is_received AND channel <> 'online'
    WHEN 'resolved' THEN is_resolved
    WHEN 'resolved_early' THEN is_resolved AND ended_early
    WHEN 'resolved_on_time' THEN is_resolved AND NOT ended_early AND NOT ended_late
    WHEN 'resolved_late' THEN is_resolved_late
    WHEN 'open_total' THEN NOT is_resolved
    WHEN 'open_in_time' THEN NOT is_resolved AND NOT is_open_late
    WHEN 'open_late' THEN is_open_late
    WHEN 'open_waiting' THEN is_waiting
    WHEN 'late' THEN is_late
    WHEN 'late_1_5' THEN is_open_late AND days_late <= 5
    WHEN 'late_6_10' THEN is_open_late AND days_late BETWEEN 6 AND 10
    WHEN 'late_11_30' THEN is_open_late AND days_late BETWEEN 11 AND 30
    WHEN 'late_over_30' THEN is_open_late AND days_late > 30
    WHEN 'due_1' THEN NOT is_resolved AND NOT is_open_late AND NOT is_waiting AND days_left BETWEEN 0 AND 1
    WHEN 'due_3' THEN NOT is_resolved AND NOT is_open_late AND NOT is_waiting AND days_left BETWEEN 0 AND 3
    WHEN 'due_5' THEN NOT is_resolved AND NOT is_open_late AND NOT is_waiting AND days_left BETWEEN 0 AND 5
    WHEN 'late_without_apology' THEN is_late AND NOT coalesce(is_apologised, false)
    WHEN 'late_apologised' THEN is_late AND is_apologised
    WHEN 'apology_timely' THEN is_late AND is_apologised AND apology_timely
    WHEN 'apology_untimely' THEN is_late AND is_apologised AND NOT apology_timely
    WHEN 'rescheduled_repeat' THEN is_late AND reschedule_count > 1
    WHEN 'ineligible' THEN is_ineligible
    WHEN 'ineligible_early' THEN is_ineligible AND returned_in_time AND CAST(ineligible_returned_at AS DATE) < due_on
    WHEN 'ineligible_last_day' THEN is_ineligible AND returned_in_time AND CAST(ineligible_returned_at AS DATE) >= due_on
    WHEN 'ineligible_late' THEN is_ineligible AND NOT returned_in_time
    WHEN 'not_closed' THEN is_resolved AND not_closed_in_system
    WHEN 'intake_untimely' THEN intake_untimely
    WHEN 'closing_untimely' THEN closing_untimely
    WHEN 'unexplained' THEN is_late AND late_cause IS NULL
    WHEN 'land' THEN three_tier
    WHEN 'land_late' THEN three_tier AND is_late
    WHEN 'land_commune' THEN three_tier AND NOT is_resolved AND holder_tier = 'commune'
    WHEN 'land_district' THEN three_tier AND NOT is_resolved AND holder_tier = 'district'
    WHEN 'land_province' THEN three_tier AND NOT is_resolved AND holder_tier = 'province'
    WHEN 'received_full' THEN is_received AND service_level = 'full'
    WHEN 'received_full_online' THEN is_received AND service_level = 'full' AND channel = 'online'
    WHEN 'received_postal' THEN is_received AND channel = 'postal'
    WHEN 'fee_due' THEN is_received AND owes_fee
    WHEN 'paid_online' THEN is_received AND owes_fee AND online_payment IN ('national_portal', 'agency_gateway')
    WHEN 'digitised' THEN is_received AND digitised_in AND (coalesce(digitised_out, false) OR NOT paper_result)
    WHEN 'reused' THEN is_received AND reused
    WHEN 'result_electronic' THEN is_resolved AND paper_result AND digitised_out
        AND (processed_at IS NOT NULL OR returned_at IS NOT NULL)
    ELSE coalesce(is_late AND wanted_subset = 'cause_' || late_cause, false)
        OR coalesce(three_tier AND list_contains(late_steps, wanted_subset), false)
        OR coalesce(wanted_subset = 'resolved_used_' || used_band, false)
        OR coalesce(is_ineligible AND wanted_subset = 'ineligible_used_' || used_band, false)
END;
