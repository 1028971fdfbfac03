-- Điểm tối đa của từng nhóm theo bộ chỉ số: khác thì báo, vì công thức có thể đã đổi.
-- table: portal_score
-- severity: warning
-- hint: Kiểm tra cách chấm của kỳ này; điểm của các kỳ chấm khác nhau thì không so với nhau.
WITH whole AS (
    SELECT coalesce(portal_group, criterion_code) AS portal_group, sum(maximum) AS maximum
    FROM component WHERE index_code = 'service' GROUP BY ALL
    UNION ALL SELECT 'total', sum(maximum) FROM component WHERE index_code = 'service'
)
SELECT row_id, 'maximum' AS column_name, CAST(incoming.maximum AS VARCHAR) AS value,
    'Điểm tối đa khác bộ chỉ số (' || CAST(CAST(whole.maximum AS INTEGER) AS VARCHAR) || ').' AS reason
FROM incoming JOIN whole USING (portal_group)
WHERE abs(incoming.maximum - whole.maximum) > 1e-6
