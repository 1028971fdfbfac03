-- Đòn bẩy lớn nhất của một bộ chỉ số ước tính ở một đơn vị: chỉ số thành phần mất nhiều điểm nhất, đạt đủ điểm thì tổng thành bao nhiêu.
-- returns: component_code, indicator_code, unit_code, points_lost, name, measure, value, full_at, maximum, score, score_after, worst_name, worst_value
WITH judged AS (SELECT * FROM component_score_in($calendar, $period) WHERE index_code = $index),
own AS (
    SELECT judged.*, component.name, indicator.measure, judged.maximum - points AS points_lost
    FROM judged
    JOIN component USING (index_code, component_code)
    JOIN indicator ON indicator.indicator_code = judged.indicator_code
    -- Where there was nothing to count, nothing can be raised.
    WHERE unit_code = $unit AND points IS NOT NULL AND value IS NOT NULL
    QUALIFY row_number() OVER (ORDER BY judged.maximum - points DESC, component_code) = 1
),
total AS (
    SELECT score, known_maximum
    FROM simulated_score_in($calendar, $period)
    WHERE unit_code = $unit AND index_code = $index AND criterion_code = 'total'
),
worst AS (
    SELECT other.unit_code, current_unit.full_name, other.value
    FROM own
    JOIN judged AS other ON other.component_code = own.component_code AND other.scope = era_scope($calendar, $period)
        AND other.share IS NOT NULL AND other.value IS NOT NULL AND NOT other.low_volume
    JOIN current_unit ON current_unit.unit_code = other.unit_code
    CROSS JOIN rule
    WHERE own.unit_code = home_code
    QUALIFY row_number() OVER (ORDER BY other.share, other.unit_code) = 1
)
SELECT component_code, own.indicator_code, coalesce(worst.unit_code, own.unit_code) AS unit_code, points_lost, own.name, measure,
    own.value, own.full_at, own.maximum, score, score + 100 * points_lost / known_maximum AS score_after, worst.full_name AS worst_name,
    worst.value AS worst_value
FROM own CROSS JOIN total LEFT JOIN worst ON true
