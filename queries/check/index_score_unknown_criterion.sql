-- Tiêu chí phải có trong bộ chỉ số, hoặc là total.
-- table: index_score
-- severity: reject
SELECT row_id, 'criterion_code' AS column_name, criterion_code AS value, 'Tiêu chí không có trong bộ chỉ số này.' AS reason
FROM incoming
WHERE criterion_code <> 'total'
    AND NOT EXISTS (
        SELECT 1 FROM criterion
        WHERE criterion.index_code = incoming.index_code AND criterion.criterion_code = incoming.criterion_code
    )
