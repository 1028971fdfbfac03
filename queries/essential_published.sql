-- Số dịch vụ công thiết yếu huyện đã triển khai theo nguồn đã công bố.
-- returns: value_said, period_said, source
SELECT value AS value_said, period AS period_said, source
FROM published_figure
WHERE topic LIKE 'Dịch vụ công thiết yếu%'
ORDER BY period DESC
