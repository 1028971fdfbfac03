-- Số lần không thể âm.
-- table: dossier
-- severity: reject
SELECT row_id, column_name, CAST(times AS VARCHAR) AS value, 'Số lần không thể âm.' AS reason
FROM incoming
UNPIVOT (times FOR column_name IN (reschedule_count, supplement_count))
WHERE times < 0
