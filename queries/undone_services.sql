-- Dịch vụ công thiết yếu chưa triển khai khi hết kỳ: quá hạn trước, rồi chưa có hạn, rồi theo hạn.
-- returns: service_name, owner, due_on, state_name, days_late, obstacle
SELECT name AS service_name, owner, due_on, CASE state WHEN 'overdue' THEN '✗ Quá hạn' ELSE '• Chưa triển khai' END AS state_name,
    CASE WHEN state = 'overdue' THEN CAST($judged_on AS DATE) - due_on END AS days_late, obstacle
FROM essential_service_on(CAST($judged_on AS DATE))
WHERE state <> 'done'
ORDER BY state <> 'overdue', due_on NULLS FIRST, service_name
