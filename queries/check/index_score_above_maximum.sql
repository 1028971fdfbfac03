-- Điểm phải từ 0 đến điểm tối đa.
-- table: index_score
-- severity: reject
-- hint: Kiểm tra điểm và điểm tối đa của tiêu chí.
SELECT row_id, 'score' AS column_name, CAST(score AS VARCHAR) AS value, 'Điểm ngoài khoảng từ 0 đến điểm tối đa.' AS reason
FROM incoming WHERE score < 0 OR score > maximum
UNION ALL
SELECT row_id, 'self_score', CAST(self_score AS VARCHAR), 'Điểm ngoài khoảng từ 0 đến điểm tối đa.'
FROM incoming WHERE self_score < 0 OR self_score > maximum
UNION ALL
SELECT row_id, 'maximum', CAST(maximum AS VARCHAR), 'Điểm tối đa phải lớn hơn 0.'
FROM incoming WHERE maximum <= 0
