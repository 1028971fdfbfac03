-- Từng chỉ số thành phần của một đơn vị: giá trị, tử số, mẫu số, mức đủ điểm, điểm, cách tính và căn cứ.
-- returns: component_code, indicator_code, group_name, title, value, numerator, denominator, full_at, points, maximum, points_lost, before, change, status, low_volume, confirmation, formula, source, measure, direction, limit_value, decimals, when_none
SELECT component_code, own.indicator_code, criterion.short_name AS group_name, component_code || ' ' || component.name AS title, own.value, own.numerator,
    own.denominator, own.full_at, own.points, own.maximum,
    own.maximum - own.points AS points_lost, before, change,
    share_status(own.share, near_ratio, own.is_whole OR own.value IS NULL) AS status, own.low_volume, confirmation(component.status) AS confirmation, indicator.formula, component.source, measure, direction,
    indicator.limit_value, component.decimals, component.when_none
FROM component_score_compared($calendar, $period, $before, $before_cut) AS own
JOIN component USING (index_code, component_code)
JOIN criterion ON criterion.index_code = own.index_code AND criterion.criterion_code = own.criterion_code
JOIN indicator ON indicator.indicator_code = own.indicator_code
CROSS JOIN rule
WHERE own.unit_code = $unit AND own.index_code = $index
ORDER BY criterion.sort, component_code
