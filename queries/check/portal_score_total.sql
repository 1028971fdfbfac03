-- Tổng điểm bằng tổng sáu nhóm; mỗi nhóm được lệch 0,01 vì làm tròn.
-- table: portal_score
-- severity: reject
-- hint: Kiểm tra các cột điểm có bị ghép nhầm không, hoặc tệp có bị sửa tay không.
WITH summed AS (
    SELECT unit_code, period, sum(CASE WHEN portal_group <> 'total' THEN points END) AS points,
        count(DISTINCT CASE WHEN portal_group <> 'total' AND points IS NOT NULL THEN portal_group END) AS groups
    FROM incoming GROUP BY unit_code, period
)
SELECT row_id, 'points' AS column_name, CAST(incoming.points AS VARCHAR) AS value,
    'Tổng điểm khác tổng sáu nhóm (' || replace(CAST(CAST(summed.points AS DECIMAL(9, 2)) AS VARCHAR), '.', ',') || ').' AS reason
FROM incoming JOIN summed USING (unit_code, period)
WHERE portal_group = 'total' AND groups = 6 AND abs(incoming.points - summed.points) > 0.06 + 1e-9
