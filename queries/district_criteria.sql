-- Từng tiêu chí của huyện so với huyện tốt nhất, trung bình và huyện kế cận trong một năm.
-- returns: criterion_code, short_name, sort, own, best, best_name, mean, maximum, lost, rival, rival_name, source_status
WITH scored AS (
    SELECT index_score.*, current_unit.name
    FROM index_score JOIN current_unit ON current_unit.unit_code = district_code
    WHERE index_code = $index AND year = $year AND criterion_code <> 'total'
),
standing AS (SELECT * FROM index_total WHERE index_code = $index AND year = $year),
-- The one to keep off, or to catch: the second when the home district leads, otherwise the one just above.
rival AS (
    SELECT other.district_code
    FROM standing AS other
    CROSS JOIN rule
    JOIN standing AS home ON home.district_code = home_district
    WHERE other.district_code <> home_district
        AND CASE WHEN home.place = 1 THEN other.percent <= home.percent ELSE other.percent >= home.percent END
    QUALIFY row_number() OVER (ORDER BY abs(other.percent - home.percent), other.district_code) = 1
)
SELECT criterion_code, criterion.short_name, criterion.sort,
    max(CASE WHEN district_code = home_district THEN scored.score END) AS own,
    max(scored.score) AS best, max_by(scored.name, scored.score) AS best_name, avg(scored.score) AS mean,
    max(coalesce(scored.maximum, criterion.maximum)) AS maximum,
    max(scored.score) - max(CASE WHEN district_code = home_district THEN scored.score END) AS lost,
    max(CASE WHEN district_code = (SELECT district_code FROM rival) THEN scored.score END) AS rival,
    max(CASE WHEN district_code = (SELECT district_code FROM rival) THEN scored.name END) AS rival_name,
    max(criterion.status) AS source_status
FROM scored
JOIN criterion USING (index_code, criterion_code)
CROSS JOIN rule
GROUP BY criterion_code, criterion.short_name, criterion.sort
ORDER BY criterion.sort
