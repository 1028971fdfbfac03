-- Đơn vị nào có hồ sơ chưa rõ ở cuối kỳ, mấy hồ sơ, và từ ngày nào không rõ.
-- returns: unit_code, name, dossiers, told_on
WITH own AS (
    SELECT member_code AS unit_code, shown_code FROM scope_unit JOIN shown_unit USING (member_code) JOIN rule ON unit_code = home_code
),
counted AS (
    SELECT shown_code, CAST(sum(unclear) AS BIGINT) AS dossiers
    FROM service_period_in($calendar, $period) JOIN own USING (unit_code)
    GROUP BY shown_code
),
since AS (
    SELECT shown_code, min(told_on) AS told_on
    FROM dossier JOIN own USING (unit_code) JOIN unit_known USING (unit_code)
    WHERE is_accepted AND ended_on IS NULL AND told_on < known_to
    GROUP BY shown_code
)
SELECT shown_code AS unit_code, unit.full_name AS name, dossiers, told_on
FROM counted
JOIN unit ON unit.unit_code = shown_code
LEFT JOIN since USING (shown_code)
WHERE dossiers > 0
ORDER BY dossiers DESC, icu_sort_key(unit.name, 'vi'), shown_code
