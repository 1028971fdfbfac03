-- Dòng bị trả lại khi công bố các dòng hợp lệ mà đến nay chưa tệp nào nạp lại, theo bảng.
-- returns: table_name, missing_rows, uploads
SELECT table_name, CAST(sum(missing_rows) AS BIGINT) AS missing_rows, count(*) AS uploads
FROM refused_upload
GROUP BY table_name
ORDER BY table_name = 'dossier' DESC, table_name
