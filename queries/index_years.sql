-- Các bộ chỉ số và năm có điểm của các huyện.
-- returns: index_code, name, short_name, goal, year
SELECT DISTINCT index_code, score_index.name, score_index.short_name, score_index.goal, index_total.year
FROM index_total JOIN score_index USING (index_code)
ORDER BY CASE index_code WHEN 'dti' THEN 0 WHEN 'par' THEN 1 ELSE 2 END, index_code, index_total.year DESC
