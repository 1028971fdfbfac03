-- Bảng xã × chỉ tiêu có trọng số: giá trị và tình trạng so với mục tiêu.
-- returns: unit_code, unit_name, unit_rank, unit_sort, indicator_code, short_name, indicator_sort, group_code, value, target, status, low_volume, measure
SELECT unit_code, current_unit.name AS unit_name, unit_score.place AS unit_rank,
    dense_rank() OVER (ORDER BY unit_score.place NULLS LAST, unit_score.score DESC NULLS LAST, name_order) AS unit_sort,
    indicator_code, short_name, indicator.sort AS indicator_sort, indicator.group_code, progress.value, progress.target,
    progress.status, progress.low_volume, measure
FROM progress_in($calendar, $period) AS progress
JOIN indicator USING (indicator_code)
JOIN current_unit USING (unit_code)
JOIN unit_score_in($calendar, $period) AS unit_score USING (unit_code)
WHERE progress.scope = $scope AND unit_score.group_code = 'all'
    AND indicator.direction <> 'context' AND indicator.weight > 0 AND indicator.group_code = $group
ORDER BY unit_sort, indicator_sort
