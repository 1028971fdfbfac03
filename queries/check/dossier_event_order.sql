-- Các việc trong cùng ngày phải theo thứ tự giờ.
-- table: dossier
-- severity: warning
-- hint: Kiểm tra giờ của hai việc.
SELECT row_id, 'returned_at' AS column_name, CAST(returned_at AS VARCHAR) AS value,
    'Trả kết quả trước khi xử lý xong trong cùng ngày.' AS reason
FROM incoming
WHERE returned_at < date_trunc('minute', processed_at) AND CAST(returned_at AS DATE) = CAST(processed_at AS DATE)
    AND CAST(returned_at AS TIME) <> TIME '00:00:00'
UNION ALL
SELECT row_id, 'supplement_requested_at', CAST(supplement_requested_at AS VARCHAR),
    'Yêu cầu bổ sung trước giờ tiếp nhận trong cùng ngày.'
FROM incoming
WHERE supplement_requested_at < date_trunc('minute', received_at)
    AND CAST(supplement_requested_at AS DATE) = CAST(received_at AS DATE)
    AND CAST(supplement_requested_at AS TIME) <> TIME '00:00:00'
UNION ALL
SELECT row_id, 'status_updated_at', CAST(status_updated_at AS VARCHAR),
    'Cập nhật kết thúc trước giờ tiếp nhận trong cùng ngày.'
FROM incoming
WHERE status_updated_at < date_trunc('minute', received_at)
    AND CAST(status_updated_at AS DATE) = CAST(received_at AS DATE)
    AND CAST(status_updated_at AS TIME) <> TIME '00:00:00'
