-- Điểm phải từ 0 đến điểm tối đa.
-- table: index_score
-- severity: reject
-- hint: Kiểm tra điểm và điểm tối đa của tiêu chí.
SELECT line, 'score' AS column_name, CAST(score AS VARCHAR) AS value, 'Điểm ngoài khoảng từ 0 đến điểm tối đa.' AS reason
FROM incoming
WHERE score < 0 OR self_score < 0 OR score > maximum OR self_score > maximum OR maximum <= 0
