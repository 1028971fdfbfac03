-- Hồ sơ trễ hạn phải có thư xin lỗi.
-- table: dossier
-- severity: warning
-- hint: Ban hành phiếu xin lỗi và hẹn lại ngày trả kết quả.
SELECT row_id, 'apology_at' AS column_name, '' AS value, 'Kết thúc sau ngày hẹn mà không có thư xin lỗi.' AS reason
FROM incoming
WHERE apology_at IS NULL AND is_after_due(
    end_without_wait(coalesce(processed_at, returned_at, ineligible_returned_at, withdrawn_at), supplement_requested_at, supplement_completed_at, compares_days()),
    due_at, compares_days())
