-- Cột mà tệp hồ sơ của một đơn vị trong kỳ không có, và bao nhiêu hồ sơ vì thế không được tính vào số cần cột đó.
-- returns: column_titles, dossiers, handled
WITH cell AS (
    SELECT lacks, sum(handled) AS handled
    FROM service_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    GROUP BY lacks
),
counted AS (
    SELECT title, CAST(sum(handled) AS BIGINT) AS handled,
        CAST(sum(CASE WHEN contains(lacks, ' ' || column_name || ' ') THEN handled ELSE 0 END) AS BIGINT) AS dossiers
    FROM cell CROSS JOIN needed_column
    WHERE is_needed($columns, column_name)
    GROUP BY column_name, title
)
SELECT string_agg(title, ', ' ORDER BY title) AS column_titles, dossiers, handled
FROM counted
WHERE dossiers > 0
GROUP BY dossiers, handled
ORDER BY dossiers DESC
