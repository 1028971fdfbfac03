-- Mọi chỉ tiêu của một xã: mục tiêu, hạng, huyện, xã tốt nhất và thay đổi.
-- returns: indicator_code, name, short_name, group_code, measure, direction, weight, value, numerator, denominator, target, status, low_volume, before, change, is_better, district, best, best_name, place, placed_units, observed_period, points_lost, known_dossiers, all_dossiers, lacking, by_statute, unclear_dossiers, known_months, all_months, known_units, all_units, known_on, older_known, rows_known, volume_known, variation, assurance, series_months, month_title, is_other_month, split_on, split_name, member_word
WITH communes AS (
    SELECT progress.*, measure, direction, goodness(direction, value) AS goodness,
        value IS NOT NULL AND NOT low_volume AND is_whole AND direction <> 'context' AS counts
    FROM progress_compared($calendar, $period, $before, $before_cut) AS progress JOIN indicator USING (indicator_code)
    WHERE scope = peer_scope($unit)
),
placed AS (
    SELECT communes.*, CASE WHEN counts THEN rank() OVER (
            PARTITION BY indicator_code, counts ORDER BY round(goodness, 2) DESC
        ) END AS place,
        count(*) FILTER (WHERE counts) OVER (PARTITION BY indicator_code) AS placed_units
    FROM communes
),
best AS (
    SELECT indicator_code, max_by(value, goodness) AS best, max_by(current_unit.name, goodness) AS best_name
    FROM communes JOIN current_unit USING (unit_code)
    WHERE counts
    GROUP BY indicator_code
)
SELECT indicator_code, indicator.name, indicator.short_name, indicator.group_code, indicator.measure,
    indicator.direction, indicator.weight, own.value, own.numerator, own.denominator, own.target, own.status,
    own.low_volume, own.before, own.change, is_improvement(indicator.direction, own.value, own.before) AS is_better,
    district.value AS district, best.best, best.best_name, own.place, own.placed_units, own.observed_period,
    indicator.weight * (1 - own.score_share) AS points_lost, own.known_dossiers, own.all_dossiers, own.lacking,
    own.by_statute, own.unclear_dossiers, own.known_months, own.all_months, own.known_units, own.all_units, own.known_on, own.older_known, own.rows_known, own.volume_known,
    variation(indicator.direction, signal) AS variation, assurance(indicator.direction, own.target, lower_limit, upper_limit) AS assurance,
    series_months, month_title, is_other_month, split_on, split_name, member_word
FROM placed AS own
JOIN indicator USING (indicator_code)
CROSS JOIN rule
CROSS JOIN home_word
LEFT JOIN best USING (indicator_code)
LEFT JOIN progress_in($calendar, $period) AS district
    ON district.unit_code = home_code AND district.indicator_code = own.indicator_code
LEFT JOIN process_in($calendar, $period) AS process ON process.unit_code = own.unit_code AND process.indicator_code = own.indicator_code
-- A target set only for the district says nothing about a commune.
WHERE own.unit_code = $unit AND (own.value IS NOT NULL OR own.target IS NOT NULL OR indicator.direction = 'context')
ORDER BY indicator.sort
