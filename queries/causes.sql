-- Các nguyên nhân trễ hạn của danh mục.
-- returns: cause_code, cause_name
SELECT cause_code, name AS cause_name FROM late_cause ORDER BY cause_code
