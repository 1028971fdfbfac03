-- Số dịch vụ công thiết yếu huyện đã triển khai theo nguồn đã công bố.
-- returns: sentence
SELECT 'Đã công bố: ' || value || ' dịch vụ công thiết yếu được triển khai năm ' || period || '. Nguồn: ' || source || '.' AS sentence
FROM published_figure
WHERE topic LIKE 'Dịch vụ công thiết yếu%'
ORDER BY period DESC
