-- Tuyên truyền trên mạng xã hội của từng xã trong kỳ: bài đăng, lượt tiếp cận, lượt tương tác; ít lượt tiếp cận theo dân số trước.
-- returns: unit_name, articles, reach, reactions, reach_per_100, known, expected
WITH told AS (
    SELECT unit_code, max(CASE WHEN indicator_code = 'S17' THEN value END) AS articles, max(CASE WHEN indicator_code = 'S18' THEN value END) AS reach,
        max(CASE WHEN indicator_code = 'S19' THEN value END) AS reactions, max(CASE WHEN indicator_code = 'S17' THEN known_months END) AS known,
        max(CASE WHEN indicator_code = 'S17' THEN all_months END) AS expected
    FROM progress_in($calendar, $period)
    WHERE scope = era_scope($calendar, $period) AND indicator_code IN ('S17', 'S18', 'S19')
    GROUP BY unit_code
)
SELECT unit.full_name AS unit_name, articles, reach, reactions, 100 * reach / nullif(population, 0) AS reach_per_100, known, expected
FROM told JOIN current_unit AS unit USING (unit_code)
WHERE coalesce(articles, reach, reactions) IS NOT NULL
ORDER BY reach_per_100 NULLS LAST, name_order
