-- Hồ sơ chưa rõ của một đơn vị cuối kỳ: đang mở ở tệp trước mà tệp sau không nêu; và ngày sớm nhất từ đó không rõ.
-- returns: dossiers, told_on
WITH counted AS (
    SELECT CAST(sum(unclear) AS BIGINT) AS dossiers
    FROM service_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
)
SELECT dossiers, (
        SELECT min(told_on) FROM dossier JOIN members_of($unit) USING (unit_code) JOIN unit_known USING (unit_code)
        WHERE is_accepted AND ended_on IS NULL AND told_on < known_to
    ) AS told_on
FROM counted
WHERE dossiers > 0
