-- Sáu số ngày trong mã hồ sơ phải khớp ngày tiếp nhận, chênh không quá một ngày.
-- table: dossier
-- severity: warning
SELECT row_id, 'dossier_code' AS column_name, dossier_code AS value, 'Ngày trong mã hồ sơ khác ngày tiếp nhận.' AS reason
FROM (
    SELECT row_id, dossier_code, CAST(received_at AS DATE) AS received_on,
        CAST(try_strptime(regexp_extract(dossier_code, '-(\d{6})-\d{3,6}$', 1), '%y%m%d') AS DATE) AS coded_on
    FROM incoming
)
WHERE abs(received_on - coded_on) > 1
