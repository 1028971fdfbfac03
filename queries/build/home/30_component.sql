-- Points of the indices simulated here: every component of QĐ 766 and of digital transformation, one row per unit and
-- period. Points = maximum × share of the way to full_at, rounded where the rule rounds; without a value, points are NULL (N/A)
-- unless the rule says what they are where there is nothing to count.
CREATE TABLE component_score AS
SELECT progress.calendar, progress.kind, period_code, cut, unit_code, scope, component.index_code, criterion_code,
    component_code, component.indicator_code, component.maximum, coalesce(full_at, target) AS full_at,
    progress.value, numerator, denominator, low_volume, is_whole,
    component.decimals, component.when_none,
    CASE WHEN is_whole THEN component_share(direction, progress.value, denominator, coalesce(full_at, target), limit_value,
        component.maximum, component.decimals, component.when_none) END AS share,
    component.maximum * share AS points
FROM progress
JOIN component USING (indicator_code)
JOIN indicator USING (indicator_code)
JOIN criterion USING (index_code, criterion_code)
WHERE progress.scope <> 'office'
ORDER BY progress.calendar, progress.kind, period_code, cut, unit_code, index_code, component_code;

-- Sums of the components by criterion and in total ('total'), over known components, with the known share of the
-- maximum; no score where less than coverage_minimum of it is known.
CREATE TABLE simulated_score AS
WITH summed AS (
    SELECT calendar, kind, period_code, cut, unit_code, scope, index_code, coalesce(criterion_code, 'total') AS criterion_code,
        -- A fixed order: the last bits of a sum depend on it, and the same files must give the same snapshot.
        ordered_sum(points, component_code) AS points,
        coalesce(exact_sum(CASE WHEN points IS NOT NULL THEN maximum END), 0) AS known_maximum,
        exact_sum(maximum) AS maximum
    FROM component_score
    GROUP BY GROUPING SETS (
        (calendar, kind, period_code, cut, unit_code, scope, index_code, criterion_code),
        (calendar, kind, period_code, cut, unit_code, scope, index_code)
    )
),
shared AS (
    SELECT summed.*, 100 * known_maximum / nullif(maximum, 0) AS coverage,
        CASE WHEN coverage >= coverage_minimum THEN 100 * points / nullif(known_maximum, 0) END AS score
    FROM summed CROSS JOIN rule
),
comparable AS (
    SELECT shared.*, scope IN ('commune', 'successor') AND score IS NOT NULL AS is_ranked,
        rounded(score, rank_decimals) AS compared_score
    FROM shared CROSS JOIN rule
)
SELECT * EXCLUDE (compared_score),
    CASE WHEN is_ranked THEN rank() OVER (
        PARTITION BY calendar, period_code, cut, index_code, criterion_code, scope, is_ranked ORDER BY compared_score DESC
    ) END AS place,
    count(CASE WHEN is_ranked THEN 1 END) OVER (
        PARTITION BY calendar, period_code, cut, index_code, criterion_code, scope) AS ranked_units
FROM comparable
ORDER BY calendar, kind, period_code, cut, unit_code, index_code, criterion_code;

-- Everything that gives a unit points: the components above, and the indicators with their weights, which make up the
-- overall score ('all'). Scenarios and the solver use this view.
CREATE VIEW scored_component AS
SELECT calendar, period_code, cut, unit_code, scope, index_code, component_code, indicator_code, maximum, full_at,
    value, numerator, denominator, share, decimals, when_none
FROM component_score
UNION ALL
SELECT calendar, period_code, cut, unit_code, scope, 'all', indicator_code, indicator_code, weight, target,
    value, numerator, denominator, score_share, NULL, NULL
FROM progress WHERE weight > 0 AND scope <> 'office';
