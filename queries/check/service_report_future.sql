-- Kỳ không thể ở tương lai.
-- table: service_report
-- severity: reject
-- hint: Kiểm tra kỳ của biểu.
SELECT row_id, 'period' AS column_name, period AS value, 'Năm của kỳ ở tương lai.' AS reason
FROM incoming
WHERE CAST(left(period, 4) AS INTEGER) > extract('year' FROM current_date)
