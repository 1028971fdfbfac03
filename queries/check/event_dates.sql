-- Ngày cuối của sự kiện không trước ngày đầu.
-- table: event
-- severity: reject
SELECT row_id, 'to_on' AS column_name, CAST(to_on AS VARCHAR) AS value, 'Ngày cuối trước ngày đầu.' AS reason
FROM incoming WHERE to_on < from_on
