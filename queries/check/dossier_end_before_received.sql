-- Hồ sơ không thể kết thúc, trả, rút, bổ sung trước khi được tiếp nhận.
-- table: dossier
-- severity: reject
-- hint: Kiểm tra hai ngày; thường do đảo ngày và tháng.
SELECT row_id, column_name, CAST(happened_at AS VARCHAR) AS value, 'Ngày này trước ngày tiếp nhận.' AS reason
FROM incoming
UNPIVOT (happened_at FOR column_name IN (processed_at, returned_at, withdrawn_at, ineligible_returned_at,
    supplement_requested_at, apology_at, status_updated_at, intake_recorded_at))
JOIN (SELECT row_id, received_at AS taken_at FROM incoming) AS taken USING (row_id)
WHERE CAST(happened_at AS DATE) < CAST(taken_at AS DATE)
