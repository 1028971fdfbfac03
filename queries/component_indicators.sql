-- Các chỉ tiêu làm căn cứ tính điểm của một bộ chỉ số, theo nhóm.
-- returns: indicator_code, name, criterion_code, measure
SELECT indicator.indicator_code, indicator.name, criterion_code, measure
FROM component
JOIN indicator USING (indicator_code)
JOIN criterion USING (index_code, criterion_code)
WHERE index_code = $index
ORDER BY criterion.sort, component_code
