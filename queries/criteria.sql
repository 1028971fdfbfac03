-- Các tiêu chí của một bộ chỉ số: điểm tối đa, cơ quan phụ trách, nguồn và tình trạng xác nhận.
-- returns: criterion_code, name, short_name, maximum, owner, confirmation, source
SELECT criterion_code, name, short_name, maximum, coalesce(owner, '') AS owner, confirmation(status) AS confirmation, source
FROM criterion
WHERE index_code = $index
ORDER BY sort
