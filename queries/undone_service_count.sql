-- Bao nhiêu dịch vụ công thiết yếu đã triển khai khi hết kỳ, bao nhiêu chưa, quá hạn, chưa có hạn.
-- returns: judged_on, total, done, undone, overdue, undated
SELECT CAST($judged_on AS DATE) AS judged_on, count(*) AS total, count(*) FILTER (WHERE state = 'done') AS done,
    count(*) FILTER (WHERE state <> 'done') AS undone, count(*) FILTER (WHERE state = 'overdue') AS overdue,
    count(*) FILTER (WHERE state <> 'done' AND due_on IS NULL) AS undated
FROM essential_service_on(CAST($judged_on AS DATE))
