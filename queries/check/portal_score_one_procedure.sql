-- Chỉ nhận điểm của mọi thủ tục: điểm theo một thủ tục (80 điểm, không có nhóm hài lòng) không phải điểm của đơn vị.
-- table: portal_score
-- severity: reject
-- hint: Trên Cổng chọn lại phạm vi Tất cả thủ tục hành chính, rồi xuất lại.
SELECT row_id, 'scope' AS column_name, coalesce(scope, '') AS value,
    'Điểm theo một thủ tục, không phải điểm của đơn vị.' AS reason
FROM incoming
WHERE NOT starts_with(strip_accents(lower(scope)), 'tat ca')
    OR abs(maximum - CASE portal_group WHEN 'total' THEN 80 WHEN 'digitisation' THEN 20 END) < 1e-6
