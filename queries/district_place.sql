-- Vị trí của huyện trong từng bộ chỉ số và năm: hạng, điểm, xếp loại, khoảng cách với huyện gần nhất.
-- returns: index_code, index_name, short_name, goal, year, is_newest, place, ranked_districts, value, class_name, class_published, before_place, before, change, rival_name, rival_place, rival_ties, lead, measure
WITH standing AS (
    SELECT index_total.*, current_unit.name, index_total.year = max(index_total.year) OVER (
        PARTITION BY index_code) AS is_newest
    FROM index_total
    JOIN current_unit ON current_unit.unit_code = district_code
),
home AS (SELECT standing.* FROM standing CROSS JOIN ranked_district WHERE district_code = own_district),
rival AS (
    SELECT home.index_code, home.year, other.name AS rival_name, other.place AS rival_place, home.percent - other.percent AS lead,
        count(*) OVER (PARTITION BY home.index_code, home.year, other.percent) - 1 AS rival_ties
    FROM home
    JOIN standing AS other ON other.index_code = home.index_code AND other.year = home.year
        AND other.district_code <> home.district_code
        AND CASE WHEN home.place = 1 THEN true ELSE other.place = 1 END
    QUALIFY row_number() OVER (PARTITION BY home.index_code, home.year ORDER BY other.percent DESC, other.district_code) = 1
)
SELECT index_code, score_index.name AS index_name, score_index.short_name, coalesce(score_index.goal, '') AS goal,
    home.year, home.is_newest, home.place,
    home.ranked_districts, home.percent AS value, class_band.name AS class_name, home.is_published AS class_published,
    then_row.place AS before_place, then_row.percent AS before, home.percent - then_row.percent AS change, rival_name, rival_place, rival_ties,
    lead,
    'điểm' AS measure
FROM home
JOIN score_index USING (index_code)
LEFT JOIN rival USING (index_code, year)
LEFT JOIN class_band USING (index_code, class_code)
LEFT JOIN index_total AS then_row ON then_row.district_code = home.district_code
    AND then_row.index_code = home.index_code AND then_row.year = home.year - 1
ORDER BY CASE index_code WHEN 'dti' THEN 0 WHEN 'par' THEN 1 ELSE 2 END, index_code, home.year DESC
