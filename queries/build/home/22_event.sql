-- Events that may explain a change: those that were entered, and those that the tables tell.

-- Of all units or indicators where unit_code or indicator_code is empty; an event of the home is one of all its units. name:
-- what was entered, the pilot or the holiday; of a target its value before and after. splits: what is usual is counted anew.
CREATE TABLE event_mark AS
SELECT 'entered' AS event_kind, from_on, coalesce(to_on, from_on) AS to_on, coalesce(renamed_unit.unit_code, event.unit_code) AS unit_code,
    indicator_code, CAST(NULL AS VARCHAR) AS scope, event.name, CAST(NULL AS DOUBLE) AS before_target, CAST(NULL AS DOUBLE) AS after_target,
    coalesce(splits, false) AS splits, source
FROM event
LEFT JOIN renamed_unit ON own_code = event.unit_code AND from_on BETWEEN valid_from AND valid_to
UNION ALL
SELECT 'pilot', start_on, start_on, unit_code, indicator_code, NULL, name, NULL, NULL, false, NULL
FROM initiative
WHERE kind = 'pilot' AND start_on IS NOT NULL
UNION ALL
-- Units of the home that were dissolved.
SELECT DISTINCT 'reorganised', unit.valid_to + 1, unit.valid_to + 1, NULL, NULL, NULL, NULL, CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), false, NULL
FROM unit
CROSS JOIN rule
WHERE unit.valid_to IS NOT NULL AND (unit.unit_code = home_code OR unit.parent_code = home_code)
UNION ALL
SELECT 'target', make_date(after.year, 1, 1), make_date(after.year, 1, 1), NULL, after.indicator_code, after.scope, NULL, before.target, after.target,
    false, after.source
FROM indicator_target AS after
JOIN indicator_target AS before ON before.indicator_code = after.indicator_code AND before.scope = after.scope AND before.year = after.year - 1
WHERE before.target <> after.target
UNION ALL
-- The Lunar New Year, by its days off.
SELECT 'holiday', min(holiday_on), max(holiday_on), NULL, NULL, NULL, 'Tết Nguyên đán', NULL, NULL, false, NULL
FROM holiday
WHERE kind = 'off' AND lower(name) LIKE '%tết%' AND lower(name) NOT LIKE '%dương lịch%'
GROUP BY year(holiday_on);

-- Whether an event is one of a unit's indicator. above_code: the province of the home, if the home is a district.
CREATE MACRO is_about(event_unit, event_indicator, event_scope, unit_code, home_code, above_code, scope, indicator_code) AS
    (event_unit IS NULL OR event_unit IN (unit_code, home_code, coalesce(above_code, home_code)))
    AND (event_indicator IS NULL OR event_indicator = indicator_code) AND (event_scope IS NULL OR event_scope = scope);

-- The first whole month after each event that splits a series of months.
CREATE TABLE process_split AS
WITH series AS (
    SELECT DISTINCT calendar, progress.unit_code, scope, indicator_code, home_code, parent_code AS above_code
    FROM progress
    CROSS JOIN rule
    LEFT JOIN unit AS home ON home.unit_code = home_code
    WHERE progress.kind = 'month'
),
begun AS (
    SELECT series.calendar, series.unit_code, series.indicator_code, mark.from_on, min(last_month) AS month, min(mark.name) AS name
    FROM series
    JOIN event_mark AS mark ON splits
        AND is_about(mark.unit_code, mark.indicator_code, mark.scope, series.unit_code, home_code, above_code, series.scope, series.indicator_code)
    JOIN period ON period.calendar = series.calendar AND period.kind = 'month' AND start_on >= mark.from_on
    GROUP BY series.calendar, series.unit_code, series.indicator_code, mark.from_on
)
-- Of several that begin in the same month, the last one.
SELECT calendar, unit_code, indicator_code, month, max(from_on) AS split_on, max_by(name, from_on) AS split_name
FROM begun
GROUP BY calendar, unit_code, indicator_code, month
ORDER BY calendar, unit_code, indicator_code, month;
