-- Đòn bẩy lớn nhất của một bộ chỉ số ước tính ở một đơn vị: chỉ số thành phần mất nhiều điểm nhất, đạt đủ điểm thì tổng thành bao nhiêu.
-- returns: component_code, indicator_code, unit_code, points_lost, name, measure, value, full_at, maximum, score, score_after, lever_parts, worst_name, worst_value, worst_numerator, worst_denominator, worst_of_all, tied_units, period_title, member_word
WITH judged AS (SELECT * FROM component_score_in($calendar, $period) WHERE index_code = $index),
own AS (
    SELECT judged.*, component.name, indicator.measure, judged.maximum - points AS points_lost,
        count(*) OVER (PARTITION BY rounded(judged.maximum - points, 6)) AS lever_parts
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
-- Every commune with a value; one of a few, or of a part, is not named, but without it nobody is the furthest of all.
other AS (
    SELECT other.unit_code, current_unit.full_name, other.value, other.numerator, other.denominator,
        goodness(direction, other.value) AS goodness, other.share IS NOT NULL AND NOT other.low_volume AS is_named, other.share IS NOT NULL AS is_told
    FROM own
    JOIN judged AS other ON other.component_code = own.component_code AND other.scope = era_scope($calendar, $period)
        AND other.value IS NOT NULL
    JOIN current_unit ON current_unit.unit_code = other.unit_code
    JOIN indicator ON indicator.indicator_code = own.indicator_code
    CROSS JOIN rule
    WHERE own.unit_code = home_code
),
worst AS (
    SELECT other.*, goodness <= (SELECT min(goodness) FROM other) + 1e-9 AS is_least,
        (SELECT count(*) FROM other AS same WHERE abs(same.goodness - other.goodness) <= 1e-9
            AND (same.is_named OR other.goodness <= (SELECT min(goodness) FROM other) + 1e-9)) - 1 AS tied_units
    FROM other
    CROSS JOIN rule
    -- Of enough communes a value is known, so that one of them is the furthest.
    WHERE is_named AND (SELECT count(*) FILTER (WHERE is_told) FROM other) * 100 >= known_minimum * (
        SELECT count(*) FROM unit_score_in($calendar, $period) WHERE scope = era_scope($calendar, $period) AND group_code = 'all')
    QUALIFY row_number() OVER (ORDER BY goodness, unit_code) = 1
)
SELECT component_code, own.indicator_code, coalesce(worst.unit_code, own.unit_code) AS unit_code, points_lost, own.name, measure,
    own.value, own.full_at, own.maximum, score, score + 100 * points_lost / known_maximum AS score_after, lever_parts,
    worst.full_name AS worst_name, worst.value AS worst_value, worst.numerator AS worst_numerator,
    worst.denominator AS worst_denominator, worst.is_least AS worst_of_all, tied_units, title AS period_title, member_word
FROM own CROSS JOIN total CROSS JOIN home_word CROSS JOIN chosen_period($calendar, $period) LEFT JOIN worst ON true
