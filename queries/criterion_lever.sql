-- Ba điều về một bộ chỉ số của huyện: còn cách mức Tốt bao xa, đòn bẩy lớn nhất, lợi thế mỏng nhất cần giữ.
-- returns: position, kind, criterion_code, figure, name, owner, own, maximum, rival_name, score, score_after, good, class_name, is_published, is_good, ties, year
WITH standing AS (SELECT * FROM index_total WHERE index_code = $index AND year = $year),
home AS (
    SELECT standing.*, band_minimum($index, 'good') AS good, class_band.name AS class_name
    FROM standing CROSS JOIN ranked_district
    LEFT JOIN class_band ON class_band.index_code = standing.index_code AND class_band.class_code = standing.class_code
    WHERE district_code = own_district
),
leader AS (
    SELECT standing.*, current_unit.name AS leader_name FROM standing
    JOIN current_unit ON current_unit.unit_code = district_code CROSS JOIN ranked_district
    WHERE district_code <> own_district
    QUALIFY row_number() OVER (ORDER BY percent DESC NULLS LAST, district_code) = 1
),
criterion_row AS (
    SELECT criterion_code, criterion.name, criterion.sort, criterion.owner,
        max(CASE WHEN district_code = own_district THEN score END) AS own, max(score) AS best,
        max_by(current_unit.name, score) AS best_name,
        max(CASE WHEN district_code = (SELECT district_code FROM leader) THEN score END) AS leader_score,
        max(coalesce(index_score.maximum, criterion.maximum)) AS maximum
    FROM index_score
    JOIN criterion USING (index_code, criterion_code)
    JOIN current_unit ON current_unit.unit_code = district_code
    CROSS JOIN ranked_district
    WHERE index_code = $index AND year = $year
    GROUP BY criterion_code, criterion.name, criterion.sort, criterion.owner
),
lever AS (
    SELECT *, count(*) OVER (PARTITION BY rounded(best - own, 6)) AS ties
    FROM criterion_row WHERE best > own ORDER BY best - own DESC, sort LIMIT 1
),
thin AS (
    SELECT *, count(*) OVER (PARTITION BY rounded(own - leader_score, 6)) AS ties
    FROM criterion_row WHERE own > leader_score ORDER BY own - leader_score, sort LIMIT 1
)
SELECT position, kind, criterion_code, figure, name, owner, own, maximum, rival_name, score, score_after, good, class_name,
    is_published, is_good, ties, $year AS year
FROM (
    SELECT 1 AS position, 'distance' AS kind, CAST(NULL AS VARCHAR) AS criterion_code, good - percent AS figure,
        percent AS score, good, class_name, is_published, class_code IN ('good', 'excellent') AS is_good
    FROM home
    UNION ALL BY NAME
    SELECT 2 AS position, 'lever' AS kind, criterion_code, best - own AS figure, lever.name, lever.owner, own, lever.maximum,
        best_name AS rival_name, home.percent AS score, home.percent + 100 * (best - own) / home.maximum AS score_after, good, ties
    FROM lever CROSS JOIN home
    UNION ALL BY NAME
    SELECT 3 AS position, 'defend' AS kind, criterion_code, own - leader_score AS figure, thin.name, leader_name AS rival_name, ties
    FROM thin CROSS JOIN leader
)
ORDER BY position
