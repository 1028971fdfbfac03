-- Tiêu chí của chỉ số thành phần phải có trong bộ chỉ số.
-- table: component
-- severity: reject
SELECT row_id, 'criterion_code' AS column_name, criterion_code AS value,
    'Tiêu chí không có trong bộ chỉ số này: điểm sẽ không được cộng vào đâu.' AS reason
FROM incoming
WHERE NOT EXISTS (
    SELECT 1 FROM criterion
    WHERE criterion.index_code = incoming.index_code AND criterion.criterion_code = incoming.criterion_code
)
