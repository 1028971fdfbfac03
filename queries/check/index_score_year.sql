-- Năm là một năm có thật của các chỉ số, từ 2000 đến năm nay.
-- table: index_score
-- severity: reject
-- hint: Ghi năm bốn chữ số.
SELECT row_id, 'year' AS column_name, CAST(year AS VARCHAR) AS value,
    'Năm phải từ 2000 đến ' || year(current_date) || '.' AS reason
FROM incoming
WHERE year NOT BETWEEN 2000 AND year(current_date)
