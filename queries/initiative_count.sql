-- Số nhiệm vụ hoặc kiến nghị của một kế hoạch theo tình trạng và cơ quan chủ trì chậm nhất.
-- returns: total, done, done_undated, done_late, overdue, running, due_soon, worst_owner, worst_overdue, worst_owners
WITH judged AS (SELECT owner, due_on, state FROM initiative_of($initiative_kind, $plan)),
worst AS (
    SELECT owner, overdue, count(*) OVER (PARTITION BY overdue) AS owners
    FROM (SELECT owner, count(*) AS overdue FROM judged WHERE state = 'overdue' AND owner IS NOT NULL GROUP BY owner)
    ORDER BY overdue DESC, owner LIMIT 1
),
counted AS (
    SELECT count(*) AS total, count(*) FILTER (WHERE state = 'done') AS done,
        count(*) FILTER (WHERE state = 'done_undated') AS done_undated,
        count(*) FILTER (WHERE state = 'done_late') AS done_late, count(*) FILTER (WHERE state = 'overdue') AS overdue,
        count(*) FILTER (WHERE state = 'running') AS running,
        count(*) FILTER (WHERE state = 'running' AND due_on <= as_of + 30) AS due_soon
    FROM judged CROSS JOIN as_of_date
)
SELECT counted.*, worst.owner AS worst_owner, worst.overdue AS worst_overdue, worst.owners AS worst_owners
FROM counted LEFT JOIN worst ON true
