-- Các tiêu chí của một bộ chỉ số theo thứ tự.
-- returns: criterion_code, name
SELECT criterion_code, name
FROM criterion
WHERE index_code = $index
ORDER BY sort
