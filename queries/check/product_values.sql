-- Ngày ngừng bán không trước ngày bán; hạng OCOP từ 3 đến 5 sao; số đơn không âm.
-- table: product
-- severity: reject
SELECT row_id, 'ended_on' AS column_name, CAST(ended_on AS VARCHAR) AS value, 'Ngày ngừng bán trước ngày bán.' AS reason
FROM incoming WHERE ended_on < listed_on
UNION ALL
SELECT row_id, 'ocop_stars', CAST(ocop_stars AS VARCHAR), 'Hạng OCOP là 3, 4 hoặc 5 sao; không phải OCOP thì để trống.'
FROM incoming WHERE ocop_stars NOT BETWEEN 3 AND 5
UNION ALL
SELECT row_id, 'orders', CAST(orders AS VARCHAR), 'Số đơn không thể âm.'
FROM incoming WHERE orders < 0
