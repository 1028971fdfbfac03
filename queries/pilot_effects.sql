-- Mô hình thí điểm: đơn vị thí điểm đi được bao xa so với các xã khác, từ tháng trước khi bắt đầu đến tháng cuối của kỳ.
-- returns: initiative_code, unit_code, unit_name, name, owner, start_on, due_on, percent, state_name, outcome, indicator_name, at_start, latest, change, others_start, others_latest, others_change, ahead, place_name, indicator_title, member_word, measure
WITH until AS (
    -- The last whole month of the period: an unfinished month cannot be compared with a whole one.
    SELECT least(chosen.last_month, (SELECT max(last_month) FROM period WHERE calendar = 'solar' AND kind = 'month'
        AND NOT is_partial)) AS month
    FROM chosen_period($calendar, $period) AS chosen
),
pilot AS (
    SELECT initiative.*, year(start_on) * 12 + month(start_on) - 2 AS month_before, until.month AS month_after
    FROM initiative_of('pilot', '') AS initiative CROSS JOIN until
),
monthly AS (
    SELECT progress.unit_code, indicator_code, period.last_month AS month, numerator, denominator, value,
        aggregate, CASE WHEN measure = '%' THEN 100 ELSE 1 END AS times
    FROM progress
    JOIN indicator USING (indicator_code)
    JOIN period ON period.calendar = progress.calendar AND period.period_code = progress.period_code
    WHERE period.calendar = 'solar' AND period.kind = 'month' AND cut = 'full' AND scope = 'commune' AND value IS NOT NULL AND is_whole AND NOT low_volume
        AND indicator_code IN (SELECT indicator_code FROM pilot)
),
-- If figures begin after the pilot started, use their first month instead of the month before the pilot.
compared AS (
    SELECT pilot.*, greatest(month_before, (
            SELECT min(month) FROM monthly WHERE monthly.indicator_code = pilot.indicator_code)) AS from_month
    FROM pilot
),
moved AS (
    SELECT compared.initiative_code, compared.unit_code,
        max(CASE WHEN mine AND month = from_month THEN value END) AS at_start,
        max(CASE WHEN mine AND month = month_after THEN value END) AS latest,
        -- All other communes together, without those that have their own pilot on this indicator: sums divided for a
        -- ratio, the mean for a count or a score.
        CASE WHEN any_value(aggregate) = 'ratio'
            THEN any_value(times) * sum(CASE WHEN other AND month = from_month THEN numerator END)
                / nullif(sum(CASE WHEN other AND month = from_month THEN denominator END), 0)
            ELSE avg(CASE WHEN other AND month = from_month THEN value END) END AS others_start,
        CASE WHEN any_value(aggregate) = 'ratio'
            THEN any_value(times) * sum(CASE WHEN other AND month = month_after THEN numerator END)
                / nullif(sum(CASE WHEN other AND month = month_after THEN denominator END), 0)
            ELSE avg(CASE WHEN other AND month = month_after THEN value END) END AS others_latest
    FROM compared
    -- The same communes before and after; a pilot that has not begun has no effect.
    LEFT JOIN (
        SELECT monthly.*, count(*) OVER (PARTITION BY compared.initiative_code, compared.unit_code, monthly.unit_code) AS months,
            compared.initiative_code AS of_initiative, compared.unit_code AS of_unit
        FROM compared JOIN monthly ON monthly.indicator_code = compared.indicator_code AND month IN (from_month, month_after)
        WHERE from_month < month_after
    ) AS monthly ON of_initiative = compared.initiative_code AND of_unit = compared.unit_code
        AND (months = 2 OR monthly.unit_code = compared.unit_code)
    CROSS JOIN LATERAL (SELECT monthly.unit_code = compared.unit_code AS mine, monthly.unit_code NOT IN (
        SELECT unit_code FROM pilot WHERE pilot.indicator_code = compared.indicator_code) AS other)
    GROUP BY compared.initiative_code, compared.unit_code
)
SELECT initiative_code, unit_code, unit.full_name AS unit_name, compared.name, owner, start_on, due_on, percent,
    state_title(state) AS state_name,
    coalesce(outcome, '') AS outcome, coalesce(indicator.short_name, '') AS indicator_name, at_start, latest,
    latest - at_start AS change, others_start, others_latest, others_latest - others_start AS others_change,
    goodness(indicator.direction, latest - at_start) - goodness(indicator.direction, others_latest - others_start) AS ahead, unit.name AS place_name, indicator.name AS indicator_title,
    member_word,
    coalesce(measure, '%') AS measure
FROM compared
JOIN moved USING (initiative_code, unit_code)
CROSS JOIN home_word
JOIN current_unit AS unit USING (unit_code)
LEFT JOIN indicator ON indicator.indicator_code = compared.indicator_code
ORDER BY ahead DESC NULLS LAST, initiative_code, unit_code
