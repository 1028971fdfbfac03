-- Hẹn lại không quá một lần.
-- table: dossier
-- severity: warning
-- hint: Theo quy định chỉ được hẹn lại ngày trả một lần.
SELECT row_id, 'reschedule_count' AS column_name, CAST(reschedule_count AS VARCHAR) AS value, 'Hẹn lại quá một lần.' AS reason
FROM incoming
WHERE reschedule_count > 1
