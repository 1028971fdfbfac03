-- Đòn bẩy lớn nhất của một bộ chỉ số mô phỏng ở một đơn vị: chỉ số thành phần mất nhiều điểm nhất, đạt đủ điểm thì tổng thành bao nhiêu.
-- returns: component_code, indicator_code, unit_code, lost, name, measure, value, full_at, maximum, score, score_after, worst_name, worst_value
WITH own AS (
    SELECT component_score.*, component.name, indicator.measure, component_score.maximum - points AS lost
    FROM component_score
    JOIN component USING (index_code, component_code)
    JOIN indicator ON indicator.indicator_code = component_score.indicator_code
    WHERE calendar = $calendar AND period_code = $period AND cut = 'full' AND unit_code = $unit
        AND component_score.index_code = $index AND points IS NOT NULL
    QUALIFY row_number() OVER (ORDER BY component_score.maximum - points DESC, component_code) = 1
),
total AS (
    SELECT score, known_maximum, maximum FROM simulated_score
    WHERE calendar = $calendar AND period_code = $period AND cut = 'full' AND unit_code = $unit
        AND index_code = $index AND criterion_code = 'total'
),
worst AS (
    SELECT other.unit_code, current_unit.full_name, other.value
    FROM own
    JOIN component_score AS other ON other.calendar = own.calendar AND other.period_code = own.period_code
        AND other.cut = own.cut AND other.index_code = own.index_code AND other.component_code = own.component_code
        AND other.scope = 'commune' AND other.share IS NOT NULL AND NOT other.low_volume
    JOIN current_unit ON current_unit.unit_code = other.unit_code
    CROSS JOIN rule
    WHERE own.unit_code = home_code
    QUALIFY row_number() OVER (ORDER BY other.share, other.unit_code) = 1
)
SELECT component_code, own.indicator_code, coalesce(worst.unit_code, own.unit_code) AS unit_code, lost, own.name, measure,
    own.value, own.full_at, own.maximum, score, score + 100 * lost / known_maximum AS score_after, worst.full_name AS worst_name,
    worst.value AS worst_value
FROM own CROSS JOIN total LEFT JOIN worst ON true
