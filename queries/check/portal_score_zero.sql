-- Nhóm được 0 điểm: bản kết xuất có thể ghi 0 khi Cổng chưa có số liệu.
-- table: portal_score
-- severity: warning
-- hint: Xem trên Cổng; nếu Cổng chưa có điểm thì xóa ô này rồi nạp lại.
SELECT row_id, 'points' AS column_name, CAST(points AS VARCHAR) AS value, '0 điểm: có thể Cổng chưa có số liệu.' AS reason
FROM incoming WHERE points = 0
