-- Thủ tục có phí thì hồ sơ phải nói có phí hay không.
-- table: dossier
-- severity: warning
SELECT incoming.row_id, 'fee_required' AS column_name, '' AS value, 'Thủ tục có phí nhưng cột phí để trống.' AS reason
FROM incoming JOIN procedure USING (procedure_code)
WHERE procedure.fee > 0 AND incoming.fee_required IS NULL
