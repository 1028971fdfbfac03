-- Lần nạp nào còn thiếu dòng bị trả lại mà đến nay chưa tệp nào nạp lại, mới nhất trước.
-- returns: upload_order, table_name, missing_rows
SELECT upload_order, table_name, missing_rows
FROM refused_upload
ORDER BY upload_order DESC
