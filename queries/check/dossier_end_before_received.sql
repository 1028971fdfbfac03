-- Hồ sơ không thể kết thúc, trả, rút, bổ sung trước khi được tiếp nhận.
-- table: dossier
-- severity: reject
-- hint: Kiểm tra hai ngày; thường do đảo ngày và tháng.
SELECT row_id, column_name, CAST(happened_at AS VARCHAR) AS value,
    CASE WHEN CAST(happened_at AS DATE) < CAST(taken_at AS DATE) THEN 'Ngày này trước ngày tiếp nhận.'
        ELSE 'Giờ này trước giờ tiếp nhận trong cùng ngày.' END AS reason
FROM (
    -- Filter the few rows with such a date first: unpivoting all rows is slow.
    SELECT row_id, received_at AS taken_at, processed_at, returned_at, withdrawn_at, ineligible_returned_at,
        supplement_requested_at, apology_at, status_updated_at, intake_recorded_at
    FROM incoming
    WHERE least(processed_at, returned_at, withdrawn_at, ineligible_returned_at, supplement_requested_at, apology_at,
        status_updated_at, intake_recorded_at) < received_at
)
UNPIVOT (happened_at FOR column_name IN (processed_at, returned_at, withdrawn_at, ineligible_returned_at,
    supplement_requested_at, apology_at, status_updated_at, intake_recorded_at))
WHERE CAST(happened_at AS DATE) < CAST(taken_at AS DATE)
    -- On one day only clock times tell the order, to the minute: a date alone is midnight. Other events than the end
    -- may be recorded a little earlier, see dossier_event_order.
    OR (column_name IN ('processed_at', 'returned_at', 'withdrawn_at', 'ineligible_returned_at')
        AND happened_at < date_trunc('minute', taken_at) AND CAST(happened_at AS TIME) <> TIME '00:00:00')
