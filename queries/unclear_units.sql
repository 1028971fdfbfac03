-- Đơn vị nào có hồ sơ chưa rõ ở tháng mới nhất mà tệp của đơn vị nói tới: mấy hồ sơ, từ ngày nào không rõ, tháng nào.
-- returns: unit_code, name, dossiers, told_on, period_code
WITH own AS (
    SELECT unit_code, shown_code, known_to, period_code
    FROM shown_members_of((SELECT home_code FROM rule))
    JOIN unit_known USING (unit_code)
    JOIN period ON calendar = 'solar' AND kind = 'month' AND last_month = year(known_to) * 12 + month(known_to) - 1
),
counted AS (
    SELECT shown_code, CAST(sum(unclear) AS BIGINT) AS dossiers, max(period_code) AS period_code
    FROM own JOIN service_period USING (unit_code, period_code)
    WHERE calendar = 'solar' AND cut = 'full'
    GROUP BY shown_code
),
since AS (
    SELECT shown_code, min(told_on) AS told_on
    FROM dossier JOIN own USING (unit_code)
    WHERE is_accepted AND ended_on IS NULL AND told_on < known_to
    GROUP BY shown_code
)
SELECT shown_code AS unit_code, unit.full_name AS name, dossiers, told_on, period_code
FROM counted
JOIN unit ON unit.unit_code = shown_code
LEFT JOIN since USING (shown_code)
WHERE dossiers > 0
ORDER BY dossiers DESC, icu_sort_key(unit.name, 'vi'), shown_code
