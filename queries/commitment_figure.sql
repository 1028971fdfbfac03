-- Con số gắn với một việc được giao: của kỳ đã chọn, hoặc của kỳ mới nhất cùng loại đã có đủ số liệu, từ kỳ ấy trở đi.
-- returns: code, name, short_name, measure, direction, value, numerator, denominator, target, status, low_volume, is_part, period_code, period_title, known_dossiers, all_dossiers, lacking, by_statute, unclear_dossiers, known_months, all_months, known_units, all_units, known_on, older_known, rows_known, volume_known, variation, assurance, series_months, month_title, is_other_month, split_on, split_name, action, member_word
-- Either of an indicator, or of a list of dossiers. $later: '' for the chosen period, 'newest' for the newest one since then.
WITH ahead AS (
    SELECT later.period_code, later.title, later.last_month
    FROM chosen_period($calendar, $period) AS chosen
    JOIN period AS later ON later.calendar = chosen.calendar AND later.kind = chosen.kind
        AND CASE WHEN $later = 'newest' THEN later.last_month >= chosen.last_month ELSE later.period_code = chosen.period_code END
),
-- A period known in part is taken only where none is known.
shown AS MATERIALIZED (
    SELECT ahead.*, CASE WHEN $subset = '' THEN coalesce(value IS NOT NULL AND is_whole, false)
        ELSE dossiers_whole($unit, $calendar, ahead.period_code, 'full') END AS is_known
    FROM ahead
    LEFT JOIN progress ON progress.calendar = $calendar AND progress.period_code = ahead.period_code AND cut = 'full'
        AND unit_code = $unit AND indicator_code = $indicator
    ORDER BY is_known DESC, last_month DESC
    LIMIT 1
),
of_indicator AS (
    SELECT indicator_code AS code, name, short_name, measure, direction, progress.value, progress.numerator, progress.denominator, progress.target,
        progress.status, progress.low_volume, NOT is_known AS is_part, shown.period_code, shown.title AS period_title, known_dossiers,
        all_dossiers, lacking, by_statute, unclear_dossiers, known_months, all_months, known_units, all_units, known_on, older_known,
        rows_known, volume_known, variation(direction, signal) AS variation,
        assurance(direction, progress.target, lower_limit, upper_limit) AS assurance, series_months, month_title, is_other_month,
        split_on, split_name, action
    FROM shown
    CROSS JOIN progress_in($calendar, shown.period_code) AS progress
    JOIN indicator USING (indicator_code)
    LEFT JOIN process_in($calendar, shown.period_code) AS process USING (unit_code, indicator_code)
    WHERE $subset = '' AND unit_code = $unit AND indicator_code = $indicator
),
counted AS (
    -- 0 if there is no dossier at all, NULL if no file says what the list needs.
    SELECT CASE WHEN count(*) = 0 THEN 0 ELSE sum(dossiers) END AS dossiers
    FROM shown CROSS JOIN subset_count($calendar, shown.period_code, $subset) JOIN members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
),
tier AS (
    SELECT sum(land_unheld) AS unheld, sum(land_open) AS still_open
    FROM shown CROSS JOIN subset_cell_in($calendar, shown.period_code) JOIN members_of($unit) USING (unit_code)
    WHERE is_tier($subset) AND is_chosen($field, field_code) AND is_chosen($channel, channel)
),
of_list AS (
    SELECT subset_code AS code, title AS name, title AS short_name, 'hồ sơ' AS measure, 'down' AS direction,
        CAST(CASE WHEN is_tier($subset) THEN tier_told(dossiers, unheld, still_open) ELSE dossiers END AS DOUBLE) AS value,
        'context' AS status, false AS low_volume, NOT is_known AS is_part, period_code, period_title
    FROM (SELECT period_code, title AS period_title, is_known FROM shown)
    CROSS JOIN dossier_subset
    CROSS JOIN counted
    CROSS JOIN tier
    -- Of a unit or a field that is there no longer nothing is known.
    WHERE subset_code = $subset AND EXISTS (SELECT 1 FROM scope_unit WHERE unit_code = $unit)
        AND ($field = '' OR EXISTS (SELECT 1 FROM field WHERE field_code = $field))
)
SELECT code, name, short_name, measure, direction, value, numerator, denominator, target, status, low_volume, is_part, period_code, period_title,
    known_dossiers, all_dossiers, lacking, by_statute, unclear_dossiers, known_months, all_months, known_units, all_units, known_on,
    older_known, rows_known, volume_known, variation, assurance, series_months, month_title, is_other_month, split_on, split_name,
    action, member_word
FROM (SELECT * FROM of_indicator UNION ALL BY NAME SELECT * FROM of_list)
CROSS JOIN home_word
