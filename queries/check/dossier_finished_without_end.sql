-- Hồ sơ ở trạng thái đã xử lý xong hoặc đã trả thì phải có ngày kết thúc.
-- table: dossier
-- severity: reject
-- hint: Điền ngày xử lý xong, hoặc sửa trạng thái nếu hồ sơ còn đang giải quyết.
SELECT row_id, 'state' AS column_name, state AS value, 'Trạng thái đã kết thúc nhưng không có ngày kết thúc.' AS reason
FROM incoming
WHERE (state IN ('processed', 'returned') AND processed_at IS NULL AND returned_at IS NULL)
    OR (state = 'withdrawn' AND processed_at IS NULL AND returned_at IS NULL AND withdrawn_at IS NULL)
    OR (state = 'stopped' AND processed_at IS NULL AND returned_at IS NULL AND ineligible_returned_at IS NULL)
