-- Năm của kỳ từ 2000 đến năm nay.
-- table: kpi_value
-- severity: reject
SELECT row_id, 'period' AS column_name, period AS value,
    CASE WHEN left(period, 4) < '2000' THEN 'Năm của kỳ trước năm 2000.' ELSE 'Năm của kỳ ở tương lai.' END AS reason
FROM incoming
WHERE CAST(left(period, 4) AS INTEGER) NOT BETWEEN 2000 AND extract('year' FROM current_date)
