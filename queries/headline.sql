-- Con số chính của một đơn vị trong kỳ so với mục tiêu và kỳ so sánh.
-- returns: code, name, measure, direction, value, numerator, denominator, target, status, low_volume, before, change, is_better, known_dossiers, all_dossiers, lacking, by_statute, unclear_dossiers, known_months, all_months, known_units, all_units, known_on, older_known, rows_known, volume_known, variation, assurance, series_months, month_title, is_other_month, split_on, split_name, member_word
SELECT indicator_code AS code, indicator.short_name AS name, measure, direction, now_row.value, now_row.numerator,
    now_row.denominator, now_row.target, now_row.status, now_row.low_volume, before, change,
    is_improvement(direction, now_row.value, before) AS is_better, known_dossiers, all_dossiers, lacking,
    by_statute, unclear_dossiers, known_months, all_months, known_units, all_units, known_on, older_known, rows_known, volume_known,
    variation(direction, signal) AS variation, assurance(direction, now_row.target, lower_limit, upper_limit) AS assurance, series_months, month_title, is_other_month, split_on, split_name,
    member_word
FROM headline_indicator
JOIN indicator USING (indicator_code)
JOIN progress_compared($calendar, $period, $before, $before_cut) AS now_row USING (indicator_code)
LEFT JOIN process_in($calendar, $period) AS process USING (unit_code, indicator_code)
CROSS JOIN home_word
WHERE unit_code = $unit
ORDER BY position
