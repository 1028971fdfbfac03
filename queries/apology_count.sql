-- Bao nhiêu hồ sơ phải xin lỗi và hẹn lại ở ngày số liệu mới nhất, theo tình trạng; chưa biết với bao nhiêu hồ sơ.
-- returns: late_apologies, likely_apologies, due_apologies, unsure_apologies, again_apologies, unknown_apologies, lead_days, is_newest, by_book
SELECT count(*) FILTER (WHERE apology_kind = 'late') AS late_apologies, count(*) FILTER (WHERE apology_kind = 'likely') AS likely_apologies,
    count(*) FILTER (WHERE apology_kind = 'due') AS due_apologies, count(*) FILTER (WHERE apology_kind = 'unsure') AS unsure_apologies,
    count(*) FILTER (WHERE apology_kind = 'again') AS again_apologies, count(*) FILTER (WHERE apology_kind = 'unknown') AS unknown_apologies,
    apology_lead_days AS lead_days, as_of BETWEEN CAST($start_on AS DATE) AND CAST($judged_on AS DATE) AS is_newest, by_book
FROM rule
CROSS JOIN as_of_date
LEFT JOIN apology_due($calendar, $period, $start_on, $judged_on, $unit) AS due
    ON is_chosen($field, due.field_code) AND is_chosen($channel, due.channel)
        AND NOT (by_book AND list_contains(string_split($letters, ','), dossier_code))
GROUP BY ALL
