-- Số thành viên không âm, số đã tập huấn không quá số thành viên.
-- table: community_team
-- severity: reject
SELECT row_id, 'members' AS column_name, CAST(members AS VARCHAR) AS value, 'Số thành viên không thể âm.' AS reason
FROM incoming WHERE members < 0
UNION ALL
SELECT row_id, 'trained', CAST(trained AS VARCHAR), 'Số đã tập huấn phải từ 0 đến số thành viên.'
FROM incoming WHERE trained < 0 OR (members >= 0 AND trained > members)
