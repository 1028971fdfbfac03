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

-- How many dossiers each list holds, in every cell of a period: what pages show and what a list opens with.
CREATE VIEW subset_cell AS
SELECT calendar, period_code, unit_code, field_code, channel, service_level,
    carried_over + received AS handled,
    carried_over,
    received,
    CASE WHEN channel = 'online' THEN received ELSE 0 END AS received_online,
    CASE WHEN channel <> 'online' THEN received ELSE 0 END AS received_direct,
    resolved_early + resolved_on_time + resolved_late AS resolved,
    resolved_early,
    resolved_on_time,
    resolved_late,
    open_total,
    open_total - open_late AS open_in_time,
    open_late,
    open_waiting,
    resolved_late + open_late AS late,
    late_1_5,
    late_6_10,
    late_11_30,
    late_over_30,
    due_1,
    due_3,
    due_5,
    resolved_late + open_late - resolved_late_apology - open_late_apology AS late_without_apology,
    resolved_late_rescheduled_repeat + open_late_rescheduled_repeat AS rescheduled_repeat,
    resolved_late_apology + open_late_apology AS late_apologised,
    resolved_late_apology_timely + open_late_apology_timely AS apology_timely,
    resolved_late_apology + open_late_apology - resolved_late_apology_timely - open_late_apology_timely AS apology_untimely,
    ineligible,
    ineligible_early,
    ineligible_last_day,
    ineligible - ineligible_early - ineligible_last_day AS ineligible_late,
    not_closed,
    intake_untimely,
    closing_untimely,
    resolved_late_unexplained + open_late_unexplained AS unexplained,
    resolved_land + open_land AS land,
    resolved_land_late + open_land_late AS land_late,
    land_commune,
    land_district,
    land_province,
    received_full,
    CASE WHEN channel = 'online' THEN received_full ELSE 0 END AS received_full_online,
    CASE WHEN channel = 'postal' THEN received ELSE 0 END AS received_postal,
    fee_due,
    paid_online,
    digitised,
    reused,
    result_electronic
FROM service_period
WHERE cut = 'full';

-- The cells of one list in a period.
CREATE MACRO subset_count(wanted_calendar, wanted_period, wanted_subset) AS TABLE
SELECT unit_code, field_code, channel, service_level, CASE wanted_subset
    WHEN 'handled' THEN handled WHEN 'carried_over' THEN carried_over WHEN 'received' THEN received
    WHEN 'received_online' THEN received_online WHEN 'received_direct' THEN received_direct
    WHEN 'resolved' THEN resolved WHEN 'resolved_early' THEN resolved_early
    WHEN 'resolved_on_time' THEN resolved_on_time WHEN 'resolved_late' THEN resolved_late
    WHEN 'open_total' THEN open_total WHEN 'open_in_time' THEN open_in_time WHEN 'open_late' THEN open_late
    WHEN 'open_waiting' THEN open_waiting WHEN 'late' THEN late WHEN 'late_1_5' THEN late_1_5
    WHEN 'late_6_10' THEN late_6_10 WHEN 'late_11_30' THEN late_11_30 WHEN 'late_over_30' THEN late_over_30
    WHEN 'due_1' THEN due_1 WHEN 'due_3' THEN due_3 WHEN 'due_5' THEN due_5
    WHEN 'late_without_apology' THEN late_without_apology WHEN 'rescheduled_repeat' THEN rescheduled_repeat
    WHEN 'late_apologised' THEN late_apologised WHEN 'apology_timely' THEN apology_timely
    WHEN 'apology_untimely' THEN apology_untimely WHEN 'ineligible' THEN ineligible
    WHEN 'ineligible_early' THEN ineligible_early WHEN 'ineligible_last_day' THEN ineligible_last_day
    WHEN 'ineligible_late' THEN ineligible_late WHEN 'not_closed' THEN not_closed
    WHEN 'intake_untimely' THEN intake_untimely WHEN 'closing_untimely' THEN closing_untimely
    WHEN 'unexplained' THEN unexplained WHEN 'land' THEN land WHEN 'land_late' THEN land_late
    WHEN 'land_commune' THEN land_commune WHEN 'land_district' THEN land_district
    WHEN 'land_province' THEN land_province WHEN 'received_full' THEN received_full
    WHEN 'received_full_online' THEN received_full_online WHEN 'received_postal' THEN received_postal
    WHEN 'fee_due' THEN fee_due WHEN 'paid_online' THEN paid_online WHEN 'digitised' THEN digitised
    WHEN 'reused' THEN reused WHEN 'result_electronic' THEN result_electronic END AS dossiers
FROM subset_cell
WHERE calendar = wanted_calendar AND period_code = wanted_period
UNION ALL
SELECT unit_code, field_code, channel, NULL, dossiers
FROM detail_period
WHERE calendar = wanted_calendar AND period_code = wanted_period AND subset_code = wanted_subset;

-- The dossiers that a list is of, with how each stands at the end of a period (or today, while it runs): the one
-- definition of every list, of which the counts above are a test away. Its first day and the day on which it is judged
-- are given as dates: only then does the engine pass over what lies outside, a third of the time at 10 M dossiers.
CREATE MACRO listed_dossier(wanted_start, wanted_end, wanted_subset) AS TABLE
WITH placed AS (
    SELECT dossier.*, CAST(wanted_end AS DATE) AS end_on, last_day.working_number AS end_number,
        received_on >= CAST(wanted_start AS DATE) AS is_received,
        coalesce(ended_on <= CAST(wanted_end AS DATE), false) AS is_resolved,
        waits_on(supplement_requested_on, supplement_completed_on, CAST(wanted_end AS DATE)) AS stands_waiting
    FROM dossier
    JOIN calendar_day AS last_day ON last_day.day = CAST(wanted_end AS DATE)
    WHERE is_accepted AND received_on <= CAST(wanted_end AS DATE)
        AND coalesce(ended_on, DATE '2100-01-01') >= CAST(wanted_start AS DATE)
),
judged AS (
    SELECT *, NOT is_resolved AND stands_waiting AS is_waiting,
        is_resolved AND ended_late AS is_resolved_late,
        NOT is_resolved
            AND late_while_open(stands_waiting, supplement_count, supplement_requested_on, due_on, end_on) AS is_open_late
    FROM placed
),
-- Only lists of steps look at the steps.
step AS (
    SELECT dossier_code,
        arg_max(tier, step_number) FILTER (WHERE NOT is_resolved AND step_open(completed_at, end_on)) AS holder_tier,
        bool_or(step_code(step_number, tier) = wanted_subset
            AND step_late(completed_at, dossier_step.due_at, CASE WHEN is_resolved THEN ended_on ELSE end_on END)) AS is_late_step
    FROM dossier_step
    JOIN judged USING (dossier_code)
    WHERE starts_with(wanted_subset, 'land_') AND three_tier
        AND CAST(dossier_step.received_at AS DATE) <= CASE WHEN is_resolved THEN ended_on ELSE end_on END
    GROUP BY dossier_code
),
told AS (
    SELECT judged.* EXCLUDE (stands_waiting), holder_tier, coalesce(is_late_step, false) AS is_late_step,
        is_resolved_late OR is_open_late AS is_late,
        CASE WHEN is_resolved_late THEN ended_days_late
            WHEN is_open_late THEN greatest(judge_day.working_number - due_number, 0) ELSE 0 END AS days_late,
        -- Working days left until it is due: 0 on the day itself, negative once it is past.
        CASE WHEN NOT is_resolved THEN due_number - end_number END AS days_left,
        apology_on <= end_on OR (is_resolved AND apology_on IS NOT NULL) AS is_apologised
    FROM judged
    LEFT JOIN step USING (dossier_code)
    JOIN calendar_day AS judge_day ON judge_day.day = judged_on(is_waiting, supplement_requested_on, end_on)
)
SELECT * FROM told
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
    WHEN 'ineligible' THEN is_resolved AND is_ineligible
    WHEN 'ineligible_early' THEN is_resolved AND is_ineligible AND returned_in_time AND ended_on < due_on
    WHEN 'ineligible_last_day' THEN is_resolved AND is_ineligible AND returned_in_time AND ended_on >= due_on
    WHEN 'ineligible_late' THEN is_resolved AND is_ineligible AND NOT (returned_in_time AND due_on IS NOT NULL)
    WHEN 'not_closed' THEN is_resolved AND not_closed_in_system
    WHEN 'intake_untimely' THEN is_received AND NOT intake_timely
    WHEN 'closing_untimely' THEN is_resolved AND NOT closing_timely
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
        OR is_late_step
        OR coalesce(is_resolved AND wanted_subset = 'resolved_used_' || used_band, false)
        OR coalesce(is_resolved AND is_ineligible AND wanted_subset = 'ineligible_used_' || used_band, false)
END;
