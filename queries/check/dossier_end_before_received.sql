-- Hồ sơ không thể kết thúc, trả, rút, bổ sung trước khi được tiếp nhận.
-- table: dossier
-- severity: reject
-- hint: Kiểm tra hai ngày; thường do đảo ngày và tháng.
SELECT row_id, column_name, CAST(happened_at AS VARCHAR) AS value, 'Ngày này trước ngày tiếp nhận.' AS reason
FROM (
    -- Filter the few rows with such a date first: unpivoting all rows is slow.
    SELECT row_id, received_at AS taken_at, processed_at, returned_at, withdrawn_at, ineligible_returned_at,
        supplement_requested_at, apology_at, status_updated_at, intake_recorded_at
    FROM incoming
    WHERE CAST(least(processed_at, returned_at, withdrawn_at, ineligible_returned_at, supplement_requested_at, apology_at,
        status_updated_at, intake_recorded_at) AS DATE) < CAST(received_at AS DATE)
)
UNPIVOT (happened_at FOR column_name IN (processed_at, returned_at, withdrawn_at, ineligible_returned_at,
    supplement_requested_at, apology_at, status_updated_at, intake_recorded_at))
WHERE CAST(happened_at AS DATE) < CAST(taken_at AS DATE)
