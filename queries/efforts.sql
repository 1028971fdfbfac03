-- Trọng số công sức của các chỉ tiêu trong một thang điểm: đi từ 0 đến mức đủ điểm khó đến đâu.
-- returns: indicator_code, short_name, effort
SELECT DISTINCT indicator_code, short_name, coalesce(effort, 1) AS effort
FROM scored_component_in($calendar, $period) JOIN indicator USING (indicator_code)
WHERE index_code = $index AND maximum > 0
ORDER BY indicator_code
