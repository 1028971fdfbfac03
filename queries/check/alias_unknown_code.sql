-- Mã của từ được dạy phải có trong danh mục, hoặc là giá trị mà cột nhận.
-- table: alias
-- severity: reject
-- hint: Ghi mã có trong danh mục (tệp mẫu của bảng, trang “Danh mục”), hoặc nạp danh mục trước.
WITH meant AS (
    SELECT 'unit' AS subject, unit_code AS code FROM unit
    UNION SELECT 'procedure', procedure_code FROM procedure
    UNION SELECT 'field', field_code FROM field
    UNION SELECT 'indicator', indicator_code FROM indicator
    UNION SELECT 'late_cause', cause_code FROM late_cause
    UNION SELECT 'score_index', index_code FROM score_index
    UNION SELECT subject, code
    FROM (VALUES
        ('channel', 'direct'), ('channel', 'online'), ('channel', 'postal'), ('kind', 'commune'),
        ('kind', 'computed'), ('kind', 'district'), ('kind', 'district_office'), ('kind', 'land_registry'),
        ('kind', 'off'), ('kind', 'pilot'), ('kind', 'proposal'), ('kind', 'province'),
        ('kind', 'reported'), ('kind', 'task'), ('kind', 'work'), ('level', 'commune'),
        ('level', 'district'), ('level', 'province'), ('online_payment', 'agency_gateway'), ('online_payment', 'national_portal'),
        ('online_payment', 'none'), ('plan', 'dti'), ('plan', 'par'), ('published_class', 'average'),
        ('published_class', 'excellent'), ('published_class', 'fair'), ('published_class', 'good'), ('published_class', 'weak'),
        ('rating', 'dissatisfied'), ('rating', 'satisfied'), ('rating', 'very_satisfied'), ('scope', 'commune'),
        ('scope', 'district'), ('service_level', 'full'), ('service_level', 'information'), ('service_level', 'partial'),
        ('state', 'fee_requested'), ('state', 'not_accepted'), ('state', 'processed'), ('state', 'processing'),
        ('state', 'received'), ('state', 'registered'), ('state', 'returned'), ('state', 'stopped'),
        ('state', 'supplement_requested'), ('state', 'withdrawn'), ('status', 'confirmed'), ('status', 'proposed'),
        ('status', 'unverified'), ('tier', 'commune'), ('tier', 'district'), ('tier', 'province')
    ) AS word (subject, code)
)
SELECT row_id, 'code' AS column_name, code AS value, 'Mã không có trong danh mục.' AS reason
FROM incoming
WHERE subject IS NOT NULL AND (subject, code) NOT IN (SELECT (subject, code) FROM meant)
