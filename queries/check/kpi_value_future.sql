-- Kỳ không thể ở tương lai.
-- table: kpi_value
-- severity: reject
SELECT row_id, 'period' AS column_name, period AS value, 'Năm của kỳ ở tương lai.' AS reason
FROM incoming
WHERE CAST(left(period, 4) AS INTEGER) > extract('year' FROM current_date)
