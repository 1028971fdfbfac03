-- Ba câu về một bộ chỉ số của huyện: còn cách mức Tốt bao xa, đòn bẩy lớn nhất, lợi thế mỏng nhất cần giữ.
-- returns: position, kind, criterion_code, figure, sentence
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
lever AS (SELECT * FROM criterion_row WHERE best > own ORDER BY best - own DESC, sort LIMIT 1),
thin AS (SELECT * FROM criterion_row WHERE own > leader_score ORDER BY own - leader_score, sort LIMIT 1)
SELECT 1 AS position, 'distance' AS kind, CAST(NULL AS VARCHAR) AS criterion_code, good - percent AS figure,
    CASE WHEN percent IS NULL THEN 'Chưa có điểm của huyện.'
        WHEN class_code IN ('good', 'excellent') AND is_published THEN 'Đã được công bố xếp loại ' || class_name || '.'
        WHEN percent >= good THEN 'Đã qua ngưỡng Tốt (' || vi_number(good, 0) || '): hơn ' || vi_number(percent - good, 2)
            || ' điểm' || CASE WHEN is_published THEN ', nhưng xếp loại công bố là ' || class_name ELSE '' END || '.'
        ELSE 'Còn thiếu ' || vi_number(good - percent, 2) || ' điểm để đạt Tốt (từ ' || vi_number(good, 0) || ').' END AS sentence
FROM home
UNION ALL
SELECT 2, 'lever', criterion_code, best - own,
    'Đòn bẩy lớn nhất: ' || lever.name || ', ' || vi_number(own, 2) || '/' || vi_number(lever.maximum, 0) || ' điểm, kém '
        || best_name || ' ' || vi_number(best - own, 2) || ' điểm; bằng ' || best_name || ' thì tổng từ '
        || vi_number(home.percent, 1) || ' lên ' || vi_number(home.percent + 100 * (best - own) / home.maximum, 1)
        || CASE WHEN home.percent < good AND home.percent + 100 * (best - own) / home.maximum >= good
            THEN ', đủ để đạt Tốt' ELSE '' END
        || coalesce('. Phụ trách: ' || lever.owner, '') || '.'
FROM lever CROSS JOIN home
UNION ALL
SELECT 3, 'defend', criterion_code, own - leader_score,
    'Lợi thế mỏng nhất cần giữ: ' || thin.name || ', chỉ hơn ' || leader_name || ' ' || vi_number(own - leader_score, 2)
        || ' điểm.'
FROM thin CROSS JOIN leader
ORDER BY position
