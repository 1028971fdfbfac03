-- Các xã được chọn đặt cạnh nhau: mọi chỉ tiêu có trọng số và điểm tổng hợp, giá trị tốt nhất được đánh dấu.
-- returns: unit_code, unit_name, unit_rank, unit_sort, indicator_code, short_name, indicator_sort, group_code, value, target, status, low_volume, is_best, measure
WITH chosen AS (SELECT unnest(string_split($units, ',')) AS unit_code, unnest(range(1, len(string_split($units, ',')) + 1)) AS unit_sort),
cell AS (
    SELECT unit_code, indicator_code, short_name, indicator.sort AS indicator_sort, indicator.group_code, progress.value,
        progress.target, progress.status, low_volume, is_whole, measure, goodness(direction, progress.value) AS goodness
    FROM progress_in($calendar, $period) AS progress JOIN indicator USING (indicator_code)
    WHERE indicator.direction <> 'context' AND is_chosen($group, indicator.group_code) AND indicator.weight > 0
    UNION ALL
    SELECT unit_code, 'score', 'Điểm', 0, group_code, score, score_target, status, false, score IS NOT NULL, 'điểm', score
    FROM unit_score_in($calendar, $period) CROSS JOIN rule
    WHERE group_code = CASE WHEN $group = '' THEN 'all' ELSE $group END
)
SELECT unit_code, current_unit.name AS unit_name, unit_score.place AS unit_rank, unit_sort, indicator_code, short_name,
    indicator_sort, cell.group_code, cell.value, cell.target, cell.status, cell.low_volume,
    -- A value of a part of the whole is not the best one, even if it is as good.
    CASE WHEN cell.is_whole THEN round(goodness, 2)
        = round(max(goodness) FILTER (WHERE NOT cell.low_volume AND cell.is_whole) OVER (PARTITION BY indicator_code), 2) END AS is_best,
    measure
FROM cell
JOIN chosen USING (unit_code)
JOIN current_unit USING (unit_code)
JOIN unit_score_in($calendar, $period) AS unit_score
    ON unit_score.unit_code = cell.unit_code AND unit_score.group_code = 'all'
ORDER BY indicator_sort, unit_sort
