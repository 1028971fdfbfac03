-- Điểm của Cổng từ 0 đến điểm tối đa; hạng từ 1 đến số đơn vị so sánh.
-- table: portal_score
-- severity: reject
-- hint: Kiểm tra cột điểm và cột điểm tối đa có bị ghép nhầm không.
WITH whole AS (
    SELECT coalesce(portal_group, criterion_code) AS portal_group, sum(maximum) AS maximum
    FROM component WHERE index_code = 'service' GROUP BY ALL
    UNION ALL SELECT 'total', sum(maximum) FROM component WHERE index_code = 'service'
)
SELECT row_id, 'points' AS column_name, CAST(points AS VARCHAR) AS value, 'Điểm ngoài khoảng từ 0 đến điểm tối đa.' AS reason
FROM incoming LEFT JOIN whole USING (portal_group)
WHERE points < 0 OR points > coalesce(incoming.maximum, whole.maximum) + 1e-9
UNION ALL
SELECT row_id, 'maximum', CAST(maximum AS VARCHAR), 'Điểm tối đa phải lớn hơn 0.'
FROM incoming WHERE maximum <= 0
UNION ALL
SELECT row_id, 'rank', CAST(rank AS VARCHAR), 'Hạng ngoài khoảng từ 1 đến số đơn vị so sánh.'
FROM incoming WHERE rank < 1 OR rank > ranked_units
