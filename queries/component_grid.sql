-- Bảng xã × nhóm của một bộ chỉ số, hoặc xã × chỉ số thành phần của một nhóm: giá trị và tình trạng.
-- returns: unit_code, unit_name, unit_rank, unit_sort, indicator_code, short_name, indicator_sort, value, target, status, low_volume, measure
WITH placed AS (
    SELECT unit_code, place, dense_rank() OVER (ORDER BY place NULLS LAST, score DESC NULLS LAST, name_order) AS unit_sort
    FROM simulated_score_in($calendar, $period) JOIN current_unit USING (unit_code)
    WHERE scope = $scope AND index_code = $index AND criterion_code = 'total'
),
cell AS (
    SELECT unit_code, criterion.criterion_code AS indicator_code, criterion.short_name, criterion.sort AS indicator_sort,
        score AS value, band_minimum($index, 'good') AS target, standing_status($index, score, coverage) AS status,
        false AS low_volume, 'điểm' AS measure
    FROM simulated_score_in($calendar, $period) JOIN criterion USING (index_code, criterion_code)
    WHERE scope = $scope AND index_code = $index AND $criterion = 'total'
    UNION ALL
    SELECT unit_code, component_score.indicator_code, indicator.short_name, row_number() OVER (
            PARTITION BY unit_code ORDER BY component_score.maximum DESC, indicator.sort),
        value, full_at, share_status(share, near_ratio, is_whole OR value IS NULL), component_score.low_volume, measure
    FROM component_score_in($calendar, $period) AS component_score JOIN indicator USING (indicator_code) CROSS JOIN rule
    WHERE scope = $scope AND index_code = $index AND criterion_code = $criterion
)
SELECT unit_code, current_unit.name AS unit_name, place AS unit_rank, unit_sort, indicator_code, short_name,
    indicator_sort, cell.value, cell.target, cell.status, cell.low_volume, measure
FROM cell JOIN placed USING (unit_code) JOIN current_unit USING (unit_code)
ORDER BY unit_sort, indicator_sort
