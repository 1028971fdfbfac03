-- Macros shared by many queries on the tables of a home. As in 88_question.sql, "_in" means the rows of a period and
-- "_compared" adds those of the comparison period.

-- The units whose dossiers count for a unit; the same with the unit under which pages show each of them.
CREATE MACRO members_of(wanted_unit) AS TABLE
SELECT member_code AS unit_code FROM scope_unit WHERE unit_code = wanted_unit;

CREATE MACRO shown_members_of(wanted_unit) AS TABLE
SELECT member_code AS unit_code, shown_code
FROM scope_unit JOIN shown_unit USING (member_code)
WHERE unit_code = wanted_unit;

-- The units of which a list is expected: communes, and if it is one of desks also the offices that have one.
CREATE MACRO reporting_unit(wanted_unit, has_offices) AS TABLE
SELECT unit_code, unit.name, name_order
FROM members_of(wanted_unit) JOIN current_unit AS unit USING (unit_code)
WHERE NOT is_successor AND (kind = 'commune' OR (has_offices AND kind = 'district_office'));

-- The first names of a list in one text; a sentence has room for six.
CREATE MACRO first_names(names) AS array_to_string(names[1:6], ', ');
CREATE MACRO further_names(names) AS greatest(coalesce(len(names), 0) - 6, 0);

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

-- Each unit's indicator at the last known month of a period, against its process limits.
CREATE MACRO process_in(wanted_calendar, wanted_period) AS TABLE
SELECT newest.unit_code, newest.indicator_code, newest.month, series_months, value, numerator, denominator, centre, lower_limit, upper_limit,
    base_first_month, base_last_month, outside, run, trend, two_of_three, signal, chance, recent.title AS month_title,
    recent.period_code <> wanted_period AS is_other_month, split_on, split_name
FROM process_period AS newest
JOIN period AS recent ON recent.calendar = newest.calendar AND recent.kind = 'month' AND recent.last_month = newest.month
LEFT JOIN process_month ON process_month.calendar = newest.calendar AND process_month.unit_code = newest.unit_code
    AND process_month.indicator_code = newest.indicator_code AND process_month.month = newest.month
WHERE newest.calendar = wanted_calendar AND newest.period_code = wanted_period;

-- What changed against what is usual, in one word; and whether the target will be met if nothing changes.
CREATE MACRO variation(direction, signal) AS CASE
    WHEN signal IS NULL THEN NULL WHEN signal = 0 THEN 'usual'
    WHEN direction NOT IN ('up', 'down') THEN CASE WHEN signal > 0 THEN 'up' ELSE 'down' END
    WHEN goodness(direction, signal) > 0 THEN 'better' ELSE 'worse' END;
CREATE MACRO assurance(direction, target, lower_limit, upper_limit) AS CASE
    WHEN target IS NULL OR lower_limit IS NULL OR direction NOT IN ('up', 'down') THEN NULL
    WHEN direction = 'up' THEN CASE WHEN lower_limit >= target THEN 'always' WHEN upper_limit < target THEN 'never' ELSE 'sometimes' END
    ELSE CASE WHEN upper_limit <= target THEN 'always' WHEN lower_limit > target THEN 'never' ELSE 'sometimes' END END;
-- The rule by which a month differs.
CREATE MACRO signal_rule(outside, two_of_three, trend, run) AS CASE WHEN outside <> 0 THEN 'outside' WHEN two_of_three <> 0 THEN 'two_of_three'
    WHEN trend <> 0 THEN 'trend' WHEN run <> 0 THEN 'run' END;

-- The logarithm of the number of ways to choose k of n.
CREATE MACRO choose_log(n, k) AS lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0);

-- Every unit's indicator that counts and can be compared: against its process limits, or where it has no monthly series,
-- by an exact test of the two shares of the period and of the one before (Fisher). chance: how likely so large a
-- difference is if nothing changed; adjusted, of changes for the worse by the exact test: the same after Benjamini and
-- Hochberg's correction for the number of shares compared. Improvements are left out of it: many of them would make weak
-- falls look certain. is_real: a change for the worse that chance does not explain.
CREATE MACRO tested_change(wanted_calendar, wanted_period, wanted_before, wanted_cut) AS TABLE
WITH compared AS (
    SELECT progress.*, indicator.name, measure, indicator.direction, indicator.limit_value, process.signal, process.chance AS process_chance,
        process.centre, process.lower_limit, process.upper_limit, process.outside, process.two_of_three, process.trend, process.run, process.month_title,
        process.value AS month_value, process.numerator AS month_numerator, process.denominator AS month_denominator,
        process.signal IS NULL AND measure = '%' AND progress.denominator > 0 AND before_denominator > 0
            AND progress.numerator BETWEEN 0 AND progress.denominator AND before_numerator BETWEEN 0 AND before_denominator AS is_two_shares
    FROM progress_compared(wanted_calendar, wanted_period, wanted_before, wanted_cut) AS progress
    JOIN indicator ON indicator.indicator_code = progress.indicator_code
    LEFT JOIN process_in(wanted_calendar, wanted_period) AS process ON process.unit_code = progress.unit_code
        AND process.indicator_code = progress.indicator_code
        AND process.month BETWEEN (SELECT first_month FROM chosen_period(wanted_calendar, wanted_period)) AND (SELECT last_month FROM chosen_period(wanted_calendar, wanted_period))
    WHERE progress.scope IN (era_scope(wanted_calendar, wanted_period), 'district', 'office') AND progress.weight > 0
        AND indicator.direction IN ('up', 'down')
),
share AS (
    SELECT unit_code, indicator_code, numerator AS x, denominator AS n, before_denominator AS m, numerator + before_numerator AS total,
        (n * total) / (n + m) AS expected, sqrt(n * m * total * (n + m - total) / ((n + m) * (n + m) * greatest(n + m - 1, 1))) AS deviation
    FROM compared
    WHERE is_two_shares AND value <> before
),
-- Counted out where that is a few thousand outcomes; of larger shares the bell curve says the same, and beyond ten standard
-- deviations there is no chance to count.
outcome AS (
    SELECT share.*, unnest(range(
        CAST(greatest(0, total - m, floor(expected - 10 * deviation - 10)) AS BIGINT),
        CAST(least(n, total, ceil(expected + 10 * deviation + 10)) AS BIGINT) + 1)) AS k
    FROM share
    WHERE deviation <= 300 AND abs(x - expected) <= 10 * deviation + 10
),
chanced AS (
    SELECT unit_code, indicator_code, k = x AS is_own,
        exp(choose_log(n, k) + choose_log(m, total - k) - choose_log(n + m, total)) AS probability
    FROM outcome
),
weighed AS (
    SELECT *, max(CASE WHEN is_own THEN probability END) OVER (PARTITION BY unit_code, indicator_code) AS own FROM chanced
),
exact AS (
    SELECT unit_code, indicator_code, least(1, sum(CASE WHEN probability <= own * (1 + 1e-7) THEN probability END)) AS chance
    FROM weighed
    GROUP BY unit_code, indicator_code
    UNION ALL
    SELECT unit_code, indicator_code, CASE WHEN deviation > 300 THEN chance_beyond(greatest(0, abs(x - expected) - 0.5) / deviation) ELSE 0 END
    FROM share
    WHERE deviation > 300 OR abs(x - expected) > 10 * deviation + 10
),
likely AS (
    SELECT compared.* EXCLUDE (is_two_shares, process_chance),
        CASE WHEN signal IS NOT NULL THEN coalesce(process_chance, 1) WHEN is_two_shares THEN coalesce(exact.chance, 1) END AS chance,
        goodness(direction, CASE WHEN signal IS NOT NULL THEN signal ELSE value - before END) < 0 AS is_worse
    FROM compared
    LEFT JOIN exact USING (unit_code, indicator_code)
),
ordered AS (
    SELECT likely.*, CASE WHEN signal IS NULL AND is_worse THEN chance END AS chance_of_worse,
        count(CASE WHEN signal IS NULL THEN chance END) OVER () / row_number() OVER (
            ORDER BY CASE WHEN signal IS NULL AND is_worse THEN chance END NULLS LAST, unit_code, indicator_code) AS factor
    FROM likely
),
corrected AS (
    SELECT ordered.* EXCLUDE (factor), CASE WHEN chance_of_worse IS NOT NULL THEN least(1, min(chance_of_worse * factor) OVER (
        ORDER BY chance_of_worse DESC NULLS FIRST, unit_code DESC, indicator_code DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) END AS adjusted
    FROM ordered
)
SELECT corrected.* EXCLUDE (chance_of_worse), coalesce(is_worse AND NOT corrected.low_volume AND CASE WHEN signal IS NOT NULL THEN chance <= signal_level / 100
    ELSE adjusted <= change_level / 100 AND NOT before_low_volume END, false) AS is_real
FROM corrected CROSS JOIN rule;

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

-- Points computed here in the groups of the national portal, and their total; those of its components that are unknown,
-- and how many are unconfirmed.
CREATE MACRO portal_computed_in(wanted_unit, wanted_calendar, wanted_period) AS TABLE
SELECT coalesce(portal_group_of(component.portal_group, own.criterion_code), 'total') AS portal_group,
    ordered_sum(own.points, own.component_code) AS points,
    coalesce(exact_sum(CASE WHEN own.points IS NOT NULL THEN own.maximum END), 0) AS known_maximum, exact_sum(own.maximum) AS maximum,
    list(component.name ORDER BY own.component_code) FILTER (WHERE own.points IS NULL) AS missing_names,
    count(*) FILTER (WHERE component.status <> 'confirmed') AS open_components, count(*) AS components
FROM component_score_in(wanted_calendar, wanted_period) AS own
JOIN component ON component.index_code = own.index_code AND component.component_code = own.component_code
WHERE own.index_code = 'service' AND own.unit_code = wanted_unit
GROUP BY GROUPING SETS ((portal_group_of(component.portal_group, own.criterion_code)), ());

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

-- Officers of a unit who had so many late dossiers without a cause in the chosen period and in the periods of the same kind
-- just before it, each with how many in a row, and with the
-- late ones of the chosen period; what was reported since January is a period of no row, and is told by months.
CREATE MACRO officer_streak_in(wanted_calendar, wanted_period, wanted_unit, wanted_field, wanted_channel, wanted_threshold) AS TABLE
WITH past AS (
    SELECT past.period_code, past.title, (chosen.last_month - past.last_month) // past.month_count AS age
    FROM chosen_period(wanted_calendar, wanted_period) AS chosen
    JOIN period AS past ON past.calendar = chosen.calendar AND past.last_month <= chosen.last_month
        AND past.kind = CASE WHEN chosen.kind = 'cumulative' THEN 'month' ELSE chosen.kind END
),
counted AS (
    SELECT unit_code, officer_code, age, any_value(title) AS title, sum(late) AS late, sum(unexplained) AS unexplained
    FROM officer_period
    JOIN past USING (period_code)
    JOIN members_of(wanted_unit) USING (unit_code)
    WHERE calendar = wanted_calendar AND is_chosen(wanted_field, field_code) AND is_chosen(wanted_channel, channel)
    GROUP BY unit_code, officer_code, age
),
-- Of those in a row up to the chosen period, age 0, the place is the age.
placed AS (SELECT *, row_number() OVER (PARTITION BY unit_code, officer_code ORDER BY age) - 1 AS place FROM counted WHERE unexplained >= wanted_threshold)
SELECT unit_code, officer_code, count(*) AS row_periods, max_by(title, age) AS since_title,
    CAST(max(CASE WHEN age = 0 THEN late END) AS BIGINT) AS late, CAST(max(CASE WHEN age = 0 THEN unexplained END) AS BIGINT) AS unexplained
FROM placed
WHERE place = age
GROUP BY unit_code, officer_code
HAVING count(*) > 1;

-- The products on sale on a day; one whose first day is unknown is.
CREATE MACRO product_on(day) AS TABLE
SELECT * FROM product WHERE coalesce(listed_on <= day, true) AND coalesce(ended_on > day, true);

-- The proposals that say how many days and how much money each dossier of a procedure saves. received: the dossiers of the
-- period that save it, in whole months after the day of approval; of one that waits, those that would, if it held all along.
-- Unknown where no procedure is named, or no day.
CREATE MACRO procedure_cut_in(wanted_calendar, wanted_period, wanted_unit, wanted_plan) AS TABLE
WITH month AS (
    SELECT past.period_code, past.start_on
    FROM chosen_period(wanted_calendar, wanted_period) AS chosen
    JOIN period AS past ON past.calendar = chosen.calendar AND past.kind = 'month'
        AND past.last_month BETWEEN chosen.first_month AND chosen.last_month
),
filed AS (
    SELECT procedure_code, start_on, sum(received) AS received
    FROM procedure_period
    JOIN month USING (period_code)
    JOIN members_of(wanted_unit) USING (unit_code)
    WHERE calendar = wanted_calendar
    GROUP BY procedure_code, start_on
),
proposal AS (
    SELECT *, state IN ('done', 'done_late', 'done_undated') AS is_granted
    FROM initiative_of('proposal', wanted_plan)
    WHERE days_saved IS NOT NULL OR cost_saved IS NOT NULL
),
counted AS (
    SELECT proposal.initiative_code, proposal.unit_code,
        CASE WHEN any_value(proposal.procedure_code) IS NOT NULL AND any_value(state) <> 'done_undated' THEN coalesce(sum(filed.received), 0) END AS received
    FROM proposal
    LEFT JOIN filed ON filed.procedure_code = proposal.procedure_code AND coalesce(filed.start_on > proposal.completed_on, true)
    GROUP BY proposal.initiative_code, proposal.unit_code
)
SELECT proposal.*, CAST(received AS BIGINT) AS received, days_saved * received AS saved_days, cost_saved * received AS saved_cost
FROM proposal JOIN counted USING (initiative_code, unit_code);

-- The ratings of the finished dossiers of each unit that counts for a unit, and the share of satisfied ones of all units of the home.
CREATE MACRO rated_unit(wanted_calendar, wanted_period, wanted_unit) AS TABLE
WITH shown AS (
    SELECT computed.unit_code, CAST(coalesce(numerator, 0) AS BIGINT) AS satisfied, CAST(coalesce(denominator, 0) AS BIGINT) AS rated
    FROM computed_value AS computed
    JOIN (SELECT DISTINCT unit_code FROM scope_unit WHERE scope IN (era_scope(wanted_calendar, wanted_period), 'office')) AS place
        ON place.unit_code = computed.unit_code
    WHERE calendar = wanted_calendar AND period_code = wanted_period AND cut = 'full' AND indicator_code = 'T25'
)
SELECT shown.*, common_share
FROM shown CROSS JOIN (SELECT sum(satisfied) / nullif(sum(rated), 0) AS common_share FROM shown) AS whole
WHERE unit_code IN (SELECT shown_code FROM shown_members_of(wanted_unit));

-- The essential services of the home with their state on a day: done, overdue or running.
CREATE MACRO essential_service_on(day) AS TABLE
SELECT name, owner, due_on, obstacle,
    CASE WHEN deployed_on <= day THEN 'done' WHEN due_on < day THEN 'overdue' ELSE 'running' END AS state
FROM essential_service
WHERE unit_code NOT IN (SELECT unit_code FROM foreign_unit);

-- Ranked units of a scope with their place, by the score of a group or by an indicator.
CREATE MACRO uncertain_in(wanted_calendar, wanted_period, wanted_scope, wanted_code) AS TABLE
SELECT unit_code, value, deviation, rank() OVER (ORDER BY round(value, rank_decimals) DESC) AS place
FROM uncertain_value CROSS JOIN rule
WHERE calendar = wanted_calendar AND period_code = wanted_period AND scope = wanted_scope AND code = wanted_code;

-- The ranks that nine of ten of a thousand repetitions would give, with luck as it is; seeded by the digits of MD5 hashes, so
-- that every machine gives the same.
CREATE MACRO rank_span_in(wanted_calendar, wanted_period, wanted_scope, wanted_code) AS TABLE
WITH tried AS (
    SELECT unit_code, unit.place, rank() OVER (PARTITION BY number ORDER BY round(value + deviation * luck, rank_decimals) DESC) AS tried_place
    FROM uncertain_in(wanted_calendar, wanted_period, wanted_scope, wanted_code) AS unit JOIN repetition USING (unit_code) CROSS JOIN rule
)
SELECT unit_code, place, least(quantile_disc(tried_place, 0.05), place) AS low, greatest(quantile_disc(tried_place, 0.95), place) AS high
FROM tried
GROUP BY unit_code, place;

-- The same with the group of each unit: units that cannot be told apart from the best of theirs.
CREATE MACRO rank_range_in(wanted_calendar, wanted_period, wanted_scope, wanted_code) AS TABLE
WITH RECURSIVE ordered AS (
    SELECT unit_code, value, deviation, row_number() OVER (ORDER BY value DESC, unit_code) AS number
    FROM uncertain_in(wanted_calendar, wanted_period, wanted_scope, wanted_code)
),
grouped AS (
    SELECT unit_code, number, value AS best, deviation AS best_deviation, 1 AS group_number FROM ordered WHERE number = 1
    UNION ALL
    SELECT unit_code, number, CASE WHEN is_equal THEN best ELSE value END, CASE WHEN is_equal THEN best_deviation ELSE deviation END,
        CASE WHEN is_equal THEN group_number ELSE group_number + 1 END
    FROM (
        SELECT ordered.*, best, best_deviation, group_number,
            best - value <= 1.6449 * sqrt(pow(best_deviation, 2) + pow(deviation, 2)) + 0.005 AS is_equal
        FROM grouped JOIN ordered ON ordered.number = grouped.number + 1
    )
)
SELECT spanned.*, group_number, count(*) OVER (PARTITION BY group_number) AS group_units
FROM rank_span_in(wanted_calendar, wanted_period, wanted_scope, wanted_code) AS spanned JOIN grouped USING (unit_code);

-- The shares of the units of a scope around their common share, by how many dossiers each has (a funnel plot). z is in
-- standard deviations of luck; spread, at least 1, is how much more than luck the units differ: the root of the mean square of z,
-- of which the tenth at either end is drawn in (Spiegelhalter 2005).
CREATE MACRO funnel_in(wanted_calendar, wanted_period, wanted_scope, wanted_indicator) AS TABLE
WITH share AS (
    SELECT unit_code, indicator_code, value, numerator, denominator, low_volume,
        sum(numerator) OVER () / sum(denominator) OVER () AS centre
    FROM progress_in(wanted_calendar, wanted_period)
    WHERE scope = wanted_scope AND indicator_code = wanted_indicator
        AND (SELECT measure FROM indicator WHERE indicator_code = wanted_indicator) = '%' AND is_whole AND value IS NOT NULL
        AND denominator > 0 AND numerator BETWEEN 0 AND denominator
),
placed AS (SELECT *, (numerator / denominator - centre) / sqrt(centre * (1 - centre) / denominator) AS z FROM share WHERE centre > 0 AND centre < 1),
edged AS (SELECT *, quantile_cont(z, 0.1) OVER () AS low, quantile_cont(z, 0.9) OVER () AS high FROM placed),
-- One statement over the same rows: planned in half of the time of a join.
spread AS (SELECT * EXCLUDE (low, high), greatest(1, sqrt(avg(pow(greatest(low, least(high, z)), 2)) OVER ())) AS spread FROM edged)
SELECT *, z / spread AS distance FROM spread;

-- How many standard deviations 95 and 99.8 percent of what only luck makes different lie from the middle.
CREATE MACRO warning_reach() AS 1.959964;
CREATE MACRO action_reach() AS 3.090232;

-- The open dossiers with their chance of becoming late, if the period holds the newest day and the trial was good.
CREATE MACRO newest_risk(wanted_calendar, wanted_period) AS TABLE
SELECT late_risk.*
FROM late_risk
CROSS JOIN rule
JOIN late_risk_trial ON late_risk_trial.home_code = rule.home_code
CROSS JOIN as_of_date
JOIN period ON calendar = wanted_calendar AND period_code = wanted_period AND as_of BETWEEN start_on AND end_on
WHERE late_risk_trial.verdict = 'good';

-- Open dossiers for which an apology with a new date is due on the newest day: late ones without a letter, and those whose date
-- is within the days that the notice must be given before. A letter is written today: there is no list of a past day.
CREATE MACRO apology_due(wanted_calendar, wanted_period, wanted_start, wanted_end, wanted_unit) AS TABLE
WITH found AS (
    SELECT listed.*, 100 * risk.chance AS chance, apology_lead_days, risk_level
    FROM listed_dossier(wanted_start, wanted_end, 'open_total') AS listed
    JOIN members_of(wanted_unit) USING (unit_code)
    CROSS JOIN as_of_date
    CROSS JOIN rule
    LEFT JOIN (SELECT dossier_code, chance FROM newest_risk(wanted_calendar, wanted_period)) AS risk USING (dossier_code)
    WHERE as_of BETWEEN CAST(wanted_start AS DATE) AND CAST(wanted_end AS DATE) AND NOT is_waiting
        AND NOT coalesce(is_apologised, false)
        AND (is_open_late OR days_left BETWEEN 0 AND apology_lead_days)
)
SELECT found.* EXCLUDE (apology_lead_days, risk_level),
    -- A second reappointment is against the rule, whatever the letter says. Where the file has no column for it, it is unknown
    -- whether there is a letter (unknown), or whether the date was put off before (unsure).
    CASE WHEN contains(lacks, ' apology_at ') THEN 'unknown' WHEN coalesce(reschedule_count >= 1, false) OR rescheduled_at IS NOT NULL THEN 'again'
        WHEN contains(lacks, ' reschedule_count ') THEN 'unsure' WHEN is_open_late THEN 'late'
        WHEN chance >= risk_level THEN 'likely' ELSE 'due' END AS apology_kind
FROM found;
