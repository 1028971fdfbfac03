-- Mọi ngày phải từ năm 2000; việc đã xảy ra không thể ở tương lai, hạn không quá năm 2049.
-- table: dossier
-- severity: reject
-- hint: Kiểm tra năm; ngày chưa xảy ra thì để trống.
SELECT row_id, column_name, CAST(moment AS VARCHAR) AS value,
    CASE WHEN moment < DATE '2000-01-01' THEN 'Ngày trước năm 2000.' ELSE 'Ngày ở tương lai.' END AS reason
FROM incoming
UNPIVOT (moment FOR column_name IN (received_at, intake_recorded_at, due_at, rescheduled_at, processed_at, returned_at,
    withdrawn_at, ineligible_returned_at, supplement_requested_at, supplement_completed_at, apology_at,
    status_updated_at))
WHERE moment < DATE '2000-01-01'
    OR moment >= CASE WHEN column_name IN ('due_at', 'rescheduled_at') THEN DATE '2050-01-01'
        ELSE current_date + INTERVAL 1 DAY END
