-- Bao nhiêu hồ sơ phải xin lỗi và hẹn lại ở ngày số liệu mới nhất, theo tình trạng.
-- returns: late_apologies, likely_apologies, due_apologies, again_apologies, unsure_apologies, lead_days, is_newest, by_book
-- needs: apology_at
SELECT count(*) FILTER (WHERE apology_kind = 'late') AS late_apologies, count(*) FILTER (WHERE apology_kind = 'likely') AS likely_apologies,
    count(*) FILTER (WHERE apology_kind = 'due') AS due_apologies, count(*) FILTER (WHERE apology_kind = 'again') AS again_apologies,
    -- Whether a date was put off before is unknown where the file has no such column.
    count(*) FILTER (WHERE apology_kind <> 'again' AND contains(lacks, ' reschedule_count ')) AS unsure_apologies,
    apology_lead_days AS lead_days, as_of BETWEEN CAST($start_on AS DATE) AND CAST($judged_on AS DATE) AS is_newest, by_book
FROM rule
CROSS JOIN as_of_date
LEFT JOIN apology_due($calendar, $period, $start_on, $judged_on, $unit) AS due
    ON is_chosen($field, due.field_code) AND is_chosen($channel, due.channel)
GROUP BY ALL
