-- Macros and views shared by many queries and independent of the home; those of a home are in home/. In a name, "_in"
-- means the table's rows of a period. "_compared" adds the rows of the comparison period, which may be cut to as many
-- days as the current period has so far.

-- Whether a row passes the reader's filter: an empty filter passes all rows.
CREATE MACRO is_chosen(choice, given) AS choice = '' OR given = choice;

-- A value converted so that greater is better.
CREATE MACRO goodness(direction, value) AS CASE WHEN direction = 'down' THEN -value ELSE value END;

-- Whether a value is better than the previous one; NULL for an indicator without a good direction.
CREATE MACRO is_improvement(direction, value, before) AS
    CASE direction WHEN 'up' THEN value > before WHEN 'down' THEN value < before END;

-- The eight headline indicators in their order.
CREATE VIEW headline_indicator AS
SELECT * FROM (VALUES (1, 'T05'), (2, 'T06'), (3, 'T08'), (4, 'T12'), (5, 'T14'), (6, 'T17'), (7, 'T19'), (8, 'T22'))
    AS headline (position, indicator_code);

-- The period of a page: one row.
CREATE MACRO chosen_period(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM period WHERE calendar = wanted_calendar AND period_code = wanted_period;

-- The last month of a period and the twelve months before it.
CREATE MACRO recent_month(wanted_calendar, wanted_period) AS TABLE
SELECT recent.*
FROM period AS recent
JOIN chosen_period(wanted_calendar, wanted_period) AS chosen ON chosen.calendar = recent.calendar
    AND recent.last_month BETWEEN chosen.last_month - 12 AND chosen.last_month
WHERE recent.kind = 'month';

-- The solar months up to the end of a period, numbered from the newest: age 1. A month of the reporting calendar has the
-- same number.
CREATE MACRO month_until(wanted_calendar, wanted_period) AS TABLE
SELECT past.last_month AS month, past.period_code, past.title, past.short_title,
    row_number() OVER (ORDER BY past.last_month DESC) AS age
FROM period AS past
JOIN chosen_period(wanted_calendar, wanted_period) AS chosen ON past.last_month <= chosen.last_month
WHERE past.calendar = 'solar' AND past.kind = 'month';

-- The targets of a period's year.
CREATE MACRO target_in(wanted_calendar, wanted_period) AS TABLE
SELECT indicator_target.*
FROM indicator_target JOIN chosen_period(wanted_calendar, wanted_period) USING (year);

-- The standard for shares of late dossiers of units, fields and channels: the year's target and alert of T05 for the
-- district, in percent on time. One row; its values are NULL if the year has no target.
CREATE MACRO on_time_target(wanted_calendar, wanted_period) AS TABLE
SELECT target, alert
FROM chosen_period(wanted_calendar, wanted_period) AS chosen
LEFT JOIN indicator_target ON indicator_target.year = chosen.year AND indicator_code = 'T05' AND scope = 'district';

-- Scores of the districts with those of the previous year.
CREATE VIEW index_total_compared AS
SELECT now_row.*, then_row.percent AS before, then_row.place AS before_place,
    now_row.percent - then_row.percent AS change
FROM index_total AS now_row
LEFT JOIN index_total AS then_row ON then_row.district_code = now_row.district_code
    AND then_row.index_code = now_row.index_code AND then_row.year = now_row.year - 1;

-- Dossier sums of a period, by unit, field, channel and service level.
CREATE MACRO service_period_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM service_period WHERE calendar = wanted_calendar AND period_code = wanted_period AND cut = 'full';

-- The same with the comparison period, marked by is_before. Rows are not joined, because a cell may exist in only one
-- of the two periods.
CREATE MACRO service_period_compared(wanted_calendar, wanted_period, wanted_before, wanted_cut) AS TABLE
SELECT *, NOT (period_code = wanted_period AND cut = 'full') AS is_before
FROM service_period
WHERE calendar = wanted_calendar
    AND ((period_code = wanted_period AND cut = 'full') OR (period_code = wanted_before AND cut = wanted_cut));

-- The number of dossiers of each list in a period.
CREATE MACRO subset_cell_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM subset_cell WHERE calendar = wanted_calendar AND period_code = wanted_period;

-- Lists by cause, late step and band of used time in a period.
CREATE MACRO detail_period_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM detail_period WHERE calendar = wanted_calendar AND period_code = wanted_period;

-- Procedures of a period.
CREATE MACRO procedure_period_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM procedure_period WHERE calendar = wanted_calendar AND period_code = wanted_period;

-- Officers of a period.
CREATE MACRO officer_period_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM officer_period WHERE calendar = wanted_calendar AND period_code = wanted_period;

-- Durations of finished dossiers of a period.
CREATE MACRO duration_period_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM duration_period WHERE calendar = wanted_calendar AND period_code = wanted_period;

-- Steps of three-tier dossiers of a period.
CREATE MACRO land_step_period_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM land_step_period WHERE calendar = wanted_calendar AND period_code = wanted_period;
