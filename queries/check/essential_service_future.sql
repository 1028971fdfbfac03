-- Ngày triển khai không ở tương lai.
-- table: essential_service
-- severity: reject
SELECT row_id, 'deployed_on' AS column_name, CAST(deployed_on AS VARCHAR) AS value, 'Ngày triển khai ở tương lai; chưa triển khai thì để trống.' AS reason
FROM incoming WHERE deployed_on > current_date
