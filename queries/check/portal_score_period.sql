-- Cổng chấm theo tháng, quý, năm; kỳ đã bắt đầu.
-- table: portal_score
-- severity: reject
-- hint: Ghi kỳ đã chọn trên Cổng: 2024-03, 2024-Q1 hoặc 2024.
SELECT row_id, 'period' AS column_name, period AS value,
    CASE WHEN period LIKE '%-H%' OR period LIKE '%-C%' THEN 'Cổng chỉ chấm theo tháng, quý, năm.'
        WHEN left(period, 4) < '2022' THEN 'Bộ chỉ số 766 có từ năm 2022.' ELSE 'Kỳ ở tương lai.' END AS reason
FROM incoming
WHERE period LIKE '%-H%' OR period LIKE '%-C%'
    OR CAST(left(period, 4) AS INTEGER) NOT BETWEEN 2022 AND extract('year' FROM current_date)
