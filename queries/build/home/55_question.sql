-- Macros shared by many queries on the tables of a home. As in 88_question.sql, "_in" means the rows of a period and
-- "_compared" adds those of the comparison period.

-- The units whose dossiers count for a unit; the same with the unit under which pages show each of them.
CREATE MACRO members_of(wanted_unit) AS TABLE
SELECT member_code AS unit_code FROM scope_unit WHERE unit_code = wanted_unit;

CREATE MACRO shown_members_of(wanted_unit) AS TABLE
SELECT member_code AS unit_code, shown_code
FROM scope_unit JOIN shown_unit USING (member_code)
WHERE unit_code = wanted_unit;

-- The scope of the units that a unit is compared with: 'commune', 'office' or 'successor'.
CREATE MACRO peer_scope(wanted_unit) AS (
    SELECT DISTINCT scope FROM scope_unit WHERE unit_code = wanted_unit AND scope <> 'district');

-- The scope of the units that are compared in a period: 'successor' from the first period after the home was abolished.
CREATE MACRO era_scope(wanted_calendar, wanted_period) AS (
    SELECT CASE WHEN is_reorganised AND start_on > unit_day.day THEN 'successor' ELSE 'commune' END
    FROM period CROSS JOIN unit_day
    WHERE period.calendar = wanted_calendar AND period.period_code = wanted_period);

-- Indicators of a period, one row per unit and indicator.
CREATE MACRO progress_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM progress WHERE calendar = wanted_calendar AND period_code = wanted_period AND cut = 'full';

CREATE MACRO progress_compared(wanted_calendar, wanted_period, wanted_before, wanted_cut) AS TABLE
-- A part is not compared with a whole.
SELECT now_row.*, then_row.value AS before, now_row.value - then_row.value AS change,
    then_row.numerator AS before_numerator, then_row.denominator AS before_denominator, then_row.score_share AS before_share, then_row.low_volume AS before_low_volume
FROM progress_in(wanted_calendar, wanted_period) AS now_row
LEFT JOIN progress AS then_row ON now_row.is_whole AND then_row.is_whole AND then_row.calendar = wanted_calendar AND then_row.period_code = wanted_before
    AND then_row.cut = wanted_cut AND then_row.unit_code = now_row.unit_code
    AND then_row.indicator_code = now_row.indicator_code;

-- How many members of each unit are known in a period.
CREATE MACRO known_member_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM known_member WHERE calendar = wanted_calendar AND period_code = wanted_period AND cut = 'full';

-- Whether enough of a unit's dossiers is known in a period to judge sums of them.
CREATE MACRO dossiers_whole(wanted_unit, wanted_calendar, wanted_period, wanted_cut) AS coalesce((
    SELECT bool_and(is_enough(known.known_units, known.all_units, known_minimum)
        AND is_enough(computed.known_dossiers, computed.all_dossiers, known_minimum) AND open_known AND flow_known
        AND rows_known AND volume_known)
    FROM known_member AS known
    JOIN computed_value AS computed ON computed.calendar = known.calendar AND computed.period_code = known.period_code
        AND computed.cut = known.cut AND computed.unit_code = known.unit_code AND computed.indicator_code = 'T05'
    CROSS JOIN rule
    WHERE known.calendar = wanted_calendar AND known.period_code = wanted_period AND known.cut = wanted_cut
        AND known.unit_code = wanted_unit), false);

-- Points and ranks of a period, one row per unit and indicator group ('all' for the total).
CREATE MACRO unit_score_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM unit_score WHERE calendar = wanted_calendar AND period_code = wanted_period AND cut = 'full';

CREATE MACRO unit_score_compared(wanted_calendar, wanted_period, wanted_before, wanted_cut) AS TABLE
SELECT now_row.*, then_row.score AS before, then_row.place AS before_place, now_row.score - then_row.score AS change
FROM unit_score_in(wanted_calendar, wanted_period) AS now_row
LEFT JOIN unit_score AS then_row ON then_row.calendar = wanted_calendar AND then_row.period_code = wanted_before
    AND then_row.cut = wanted_cut AND then_row.unit_code = now_row.unit_code
    AND then_row.group_code = now_row.group_code;

-- Components of the simulated indices in a period, one row per unit and component.
CREATE MACRO component_score_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM component_score WHERE calendar = wanted_calendar AND period_code = wanted_period AND cut = 'full';

CREATE MACRO component_score_compared(wanted_calendar, wanted_period, wanted_before, wanted_cut) AS TABLE
SELECT now_row.*, then_row.value AS before, now_row.value - then_row.value AS change
FROM component_score_in(wanted_calendar, wanted_period) AS now_row
LEFT JOIN component_score AS then_row ON now_row.is_whole AND then_row.is_whole AND then_row.calendar = wanted_calendar AND then_row.period_code = wanted_before
    AND then_row.cut = wanted_cut AND then_row.unit_code = now_row.unit_code
    AND then_row.index_code = now_row.index_code AND then_row.component_code = now_row.component_code;

-- Sums of the components, one row per unit, index and criterion ('total' for the total).
CREATE MACRO simulated_score_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM simulated_score WHERE calendar = wanted_calendar AND period_code = wanted_period AND cut = 'full';

CREATE MACRO simulated_score_compared(wanted_calendar, wanted_period, wanted_before, wanted_cut) AS TABLE
SELECT now_row.*, then_row.score AS before, then_row.place AS before_place, now_row.score - then_row.score AS change
FROM simulated_score_in(wanted_calendar, wanted_period) AS now_row
LEFT JOIN simulated_score AS then_row ON then_row.calendar = wanted_calendar AND then_row.period_code = wanted_before
    AND then_row.cut = wanted_cut AND then_row.unit_code = now_row.unit_code
    AND then_row.index_code = now_row.index_code AND then_row.criterion_code = now_row.criterion_code;

-- Everything that gives a unit points in a period.
CREATE MACRO scored_component_in(wanted_calendar, wanted_period) AS TABLE
SELECT * FROM scored_component WHERE calendar = wanted_calendar AND period_code = wanted_period AND cut = 'full';

-- Pilots, tasks or recommendations of the home's units, with their state on the date of the data: those of one plan and
-- those without a plan, or all.
CREATE MACRO initiative_of(wanted_kind, wanted_plan) AS TABLE
SELECT initiative.*, initiative_state(completed_on, due_on, percent, as_of) AS state
FROM initiative CROSS JOIN as_of_date
WHERE kind = wanted_kind AND unit_code NOT IN (SELECT unit_code FROM foreign_unit)
    AND (is_chosen(wanted_plan, plan) OR plan IS NULL);
