-- Sắp trễ: how likely each open dossier that is not late yet is to become late, by how often finished dossiers like it did.
-- Like it: as many working days left → the same field → (land) held at the same step → the same procedure, and the unit in
-- that field. A group of few dossiers is drawn towards the wider group.

CREATE MACRO logit(share) AS ln((share) / (1e0 - (share)));
CREATE MACRO logistic(x) AS 1e0 / (1e0 + exp(-(x)));
-- The late ones of a group, drawn towards the share of the wider group by the weight of twenty dossiers.
CREATE MACRO drawn_share(late, dossiers, wider) AS (late + 20e0 * (wider)) / (dossiers + 20e0);
-- Of dossiers with the logit z: how many more were late than a level and a slope say, and how much that varies by chance.
CREATE MACRO unsaid(level, slope, z, dossiers, late) AS late - dossiers * logistic(level + slope * z);
CREATE MACRO spread(level, slope, z, dossiers) AS dossiers * logistic(level + slope * z) * (1e0 - logistic(level + slope * z));
-- A number moved by part / whole, by a half at most.
CREATE MACRO moved(old, part, whole) AS old + CASE WHEN whole > 0 THEN greatest(-0.5e0, least(0.5e0, (part) / (whole))) ELSE 0 END;
-- The number of the last month that is over at the end of a day.
CREATE MACRO whole_month(day) AS (year(day + 1) * 12 + month(day + 1) - 2);

-- The working days left, in bands: each day up to ten, then wider.
CREATE TABLE left_band AS
SELECT * FROM (VALUES (0, 0, 0), (1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 4, 4), (5, 5, 5), (6, 6, 6), (7, 7, 7), (8, 8, 8),
    (9, 9, 9), (10, 10, 10), (11, 11, 15), (16, 16, 20), (21, 21, 30), (31, 31, 100000)) AS named(band, least_left, most_left);

-- The area in which is learned: the whole store if it has one home, otherwise each district by itself.
CREATE TABLE risk_area AS
SELECT unit.unit_code, district.unit_code AS district_code, district.parent_code AS above_code, homes,
    CASE WHEN homes = 1 THEN 0 ELSE dense_rank() OVER (ORDER BY coalesce(district.unit_code, '')) END AS area
FROM unit
CROSS JOIN (SELECT count(*) AS homes FROM home) AS counted
LEFT JOIN unit AS district ON district.kind = 'district'
    AND district.unit_code = CASE WHEN unit.kind = 'district' THEN unit.unit_code ELSE unit.parent_code END;

-- The number of a month of an area.
CREATE MACRO area_month(area, month) AS (area) * 100000 + (month);

-- Dossiers of the last three years with what is known of their end. outcome: 1 if it became late, 0 if not, NULL if that
-- is not known yet.
CREATE TABLE risk_dossier AS
SELECT dossier_code, dossier.unit_code, field_code, procedure_code, channel, three_tier, received_on, received_number, due_on, due_number,
    late_from, ended_on, supplement_requested_on, supplement_completed_on, told_on, known_to, receipt_known,
    area_month(area, year(due_on) * 12 + month(due_on) - 1) AS due_month,
    CASE WHEN due_on > known_to OR (ended_on IS NOT NULL AND NOT end_known) THEN NULL
        WHEN ended_on IS NOT NULL THEN CASE WHEN ended_late THEN 1 ELSE 0 END
        WHEN late_while_open(waits_on(supplement_requested_on, supplement_completed_on, told_on), supplement_count, asked_late,
            late_from, told_on) THEN 1 END AS outcome
FROM dossier
JOIN unit_known ON unit_known.unit_code = dossier.unit_code
JOIN risk_area ON risk_area.unit_code = dossier.unit_code
CROSS JOIN as_of_date
WHERE is_accepted AND due_number IS NOT NULL AND received_number IS NOT NULL AND coalesce(ended_on, as_of) > as_of - 1096;

-- The days from which to look: each unit's last known day (is_trial false), and the last 26 Fridays, from which the end is
-- known today. learned_to: the last month that was over.
CREATE TABLE risk_look AS
SELECT unit_known.unit_code, known_to AS looked_on, false AS is_trial, area_month(area, whole_month(known_to)) AS learned_to
FROM unit_known
JOIN risk_area ON risk_area.unit_code = unit_known.unit_code
CROSS JOIN as_of_date
-- Of a unit that has sent nothing for a week, nobody knows what is open.
WHERE known_to > as_of - 7
UNION ALL
SELECT unit_known.unit_code, day, true, area_month(area, whole_month(day))
FROM unit_known
JOIN risk_area ON risk_area.unit_code = unit_known.unit_code
CROSS JOIN as_of_date
JOIN calendar_day ON day >= as_of - 182 AND day < as_of AND day >= known_from AND day <= known_to
WHERE date_diff('day', DATE '1999-12-31', day) % 7 = 0
ORDER BY unit_code, looked_on, is_trial;

-- The dossiers that were open on such a day, neither late nor waiting for the citizen.
CREATE TABLE risk_open AS
SELECT dossier_code, risk_dossier.unit_code, field_code, procedure_code, channel, three_tier, due_on, looked_on, is_trial, learned_to,
    outcome, due_number - working_number AS days_left, band
FROM risk_look
JOIN risk_dossier ON risk_dossier.unit_code = risk_look.unit_code
JOIN calendar_day ON calendar_day.day = looked_on
JOIN left_band ON due_number - working_number BETWEEN least_left AND most_left
WHERE received_on <= looked_on AND late_from > looked_on AND coalesce(ended_on, DATE '2100-01-01') > looked_on
    AND NOT waits_on(supplement_requested_on, supplement_completed_on, looked_on)
    AND CASE WHEN is_trial THEN outcome IS NOT NULL ELSE ended_on IS NULL AND told_on >= looked_on END;

-- What finished dossiers looked like with so many days left, once for each band in which they were open: on the first day of
-- the band, or of the dossier.
CREATE TABLE risk_seen AS
SELECT dossier_code, unit_code, field_code, procedure_code, three_tier, due_month, outcome, band, working_day.day AS looked_on
FROM risk_dossier
JOIN left_band ON due_number - received_number >= least_left
JOIN working_day ON working_number = due_number - least(most_left, due_number - received_number)
WHERE outcome IS NOT NULL AND receipt_known AND working_day.day >= received_on AND late_from > working_day.day
    AND coalesce(ended_on, DATE '2100-01-01') > working_day.day
    AND NOT waits_on(supplement_requested_on, supplement_completed_on, working_day.day);

-- Where a land dossier was on that day: step and tier.
CREATE TABLE risk_holder AS
WITH wanted AS (
    SELECT dossier_code, looked_on FROM risk_seen WHERE three_tier
    UNION
    SELECT dossier_code, looked_on FROM risk_open WHERE three_tier
)
SELECT wanted.dossier_code, looked_on, max(lpad(CAST(step_number AS VARCHAR), 2, '0') || '-' || tier) AS holder
FROM wanted
JOIN dossier_step ON dossier_step.dossier_code = wanted.dossier_code
WHERE CAST(received_at AS DATE) <= looked_on AND step_open(completed_at, looked_on)
GROUP BY wanted.dossier_code, looked_on;

-- The open dossiers with where they are. holder is empty where it is not known, or no land dossier.
CREATE TABLE risk_held AS
SELECT risk_open.*, coalesce(holder, '') AS holder
FROM risk_open
LEFT JOIN risk_holder ON risk_holder.dossier_code = risk_open.dossier_code AND risk_holder.looked_on = risk_open.looked_on;

-- What was seen, in counts. holder as there.
CREATE TABLE risk_count AS
SELECT due_month, band, field_code, coalesce(holder, '') AS holder, procedure_code, unit_code, count(*) AS dossiers, sum(outcome) AS late
FROM risk_seen
LEFT JOIN risk_holder ON risk_holder.dossier_code = risk_seen.dossier_code AND risk_holder.looked_on = risk_seen.looked_on
GROUP BY due_month, band, field_code, coalesce(holder, ''), procedure_code, unit_code;

-- From which months is learned: the twelve known ones up to each month from which to look (model …0), and, to calibrate, the
-- twelve before the newest quarter (…1). fresh: the newest quarter itself.
CREATE TABLE risk_month AS
WITH numbered AS (
    SELECT learned_to, due_month, row_number() OVER (PARTITION BY learned_to ORDER BY due_month DESC) AS place
    FROM (SELECT DISTINCT learned_to FROM risk_look) AS look
    JOIN (SELECT DISTINCT due_month FROM risk_count) AS counted ON due_month <= learned_to AND due_month >= area_month(learned_to // 100000, 0)
)
SELECT 'learned' AS part, learned_to, 10 * learned_to AS model, due_month FROM numbered WHERE place <= 12
UNION ALL
SELECT 'before', learned_to, 10 * learned_to + 1, due_month FROM numbered WHERE place BETWEEN 4 AND 15
UNION ALL
SELECT 'fresh', learned_to, 10 * learned_to + 1, due_month FROM numbered WHERE place <= 3;

CREATE TABLE risk_learned AS
SELECT model, band, field_code, holder, procedure_code, unit_code, sum(dossiers) AS dossiers, sum(late) AS late
FROM risk_month
JOIN risk_count ON risk_count.due_month = risk_month.due_month
WHERE part <> 'fresh'
GROUP BY model, band, field_code, holder, procedure_code, unit_code;

CREATE TABLE risk_fresh AS
SELECT learned_to, model, band, field_code, holder, procedure_code, unit_code, sum(dossiers) AS dossiers, sum(late) AS late
FROM risk_month
JOIN risk_count ON risk_count.due_month = risk_month.due_month
WHERE part = 'fresh'
GROUP BY learned_to, model, band, field_code, holder, procedure_code, unit_code;

-- Shares of late dossiers, from the widest group to the narrowest.
CREATE TABLE risk_of_band AS
WITH every AS (SELECT model, (sum(late) + 0.5e0) / (sum(dossiers) + 1e0) AS share FROM risk_learned GROUP BY model),
grouped AS (SELECT model, band, sum(late) AS late, sum(dossiers) AS dossiers FROM risk_learned GROUP BY model, band)
SELECT grouped.model, grouped.band, drawn_share(late, dossiers, share) AS share
FROM grouped JOIN every ON every.model = grouped.model;

CREATE TABLE risk_of_field AS
WITH grouped AS (
    SELECT model, band, field_code, sum(late) AS late, sum(dossiers) AS dossiers FROM risk_learned GROUP BY model, band, field_code
)
SELECT grouped.model, grouped.band, field_code, drawn_share(late, dossiers, share) AS share
FROM grouped JOIN risk_of_band AS wider ON wider.model = grouped.model AND wider.band = grouped.band;

CREATE TABLE risk_of_holder AS
WITH grouped AS (
    SELECT model, band, field_code, holder, sum(late) AS late, sum(dossiers) AS dossiers
    FROM risk_learned GROUP BY model, band, field_code, holder
)
SELECT grouped.model, grouped.band, grouped.field_code, holder, drawn_share(late, dossiers, share) AS share
FROM grouped
JOIN risk_of_field AS wider ON wider.model = grouped.model AND wider.band = grouped.band AND wider.field_code = grouped.field_code;

-- Side by side: the procedures of such a group, and its units.
CREATE TABLE risk_of_part AS
WITH grouped AS (
    SELECT model, band, field_code, holder, 'procedure' AS part, procedure_code AS code, sum(late) AS late, sum(dossiers) AS dossiers
    FROM risk_learned GROUP BY model, band, field_code, holder, procedure_code
    UNION ALL
    SELECT model, band, field_code, holder, 'unit', unit_code, sum(late), sum(dossiers)
    FROM risk_learned GROUP BY model, band, field_code, holder, unit_code
)
SELECT grouped.model, grouped.band, grouped.field_code, grouped.holder, part, code, late, dossiers, drawn_share(late, dossiers, share) AS share
FROM grouped
JOIN risk_of_holder AS wider ON wider.model = grouped.model AND wider.band = grouped.band
    AND wider.field_code = grouped.field_code AND wider.holder = grouped.holder;

-- Every kind of dossier that is asked for: the logit of its share, z. The unit moves the share of the procedure by as much
-- as it moves that of the field.
CREATE TABLE risk_kind AS
WITH asked AS (
    SELECT model, band, field_code, holder, procedure_code, unit_code FROM risk_fresh
    UNION
    SELECT 10 * learned_to, band, field_code, holder, procedure_code, unit_code FROM risk_held
),
found AS (
    SELECT asked.*, coalesce(of_holder.share, of_field.share, of_band.share, 0.5e0) AS wide_share,
        of_procedure.share AS procedure_share, of_unit.share AS unit_share, of_procedure.dossiers AS alike, of_procedure.late AS alike_late
    FROM asked
    LEFT JOIN risk_of_band AS of_band ON of_band.model = asked.model AND of_band.band = asked.band
    LEFT JOIN risk_of_field AS of_field ON of_field.model = asked.model AND of_field.band = asked.band
        AND of_field.field_code = asked.field_code
    LEFT JOIN risk_of_holder AS of_holder ON of_holder.model = asked.model AND of_holder.band = asked.band
        AND of_holder.field_code = asked.field_code AND of_holder.holder = asked.holder
    LEFT JOIN risk_of_part AS of_procedure ON of_procedure.part = 'procedure' AND of_procedure.model = asked.model AND of_procedure.band = asked.band
        AND of_procedure.field_code = asked.field_code AND of_procedure.holder = asked.holder
        AND of_procedure.code = asked.procedure_code
    LEFT JOIN risk_of_part AS of_unit ON of_unit.part = 'unit' AND of_unit.model = asked.model AND of_unit.band = asked.band
        AND of_unit.field_code = asked.field_code AND of_unit.holder = asked.holder AND of_unit.code = asked.unit_code
)
SELECT model, band, field_code, holder, procedure_code, unit_code, coalesce(alike, 0) AS alike, coalesce(alike_late, 0) AS alike_late,
    logit(coalesce(procedure_share, wide_share)) + logit(coalesce(unit_share, wide_share)) - logit(wide_share) AS z
FROM found;

-- Calibrated on the newest quarter: what was learned before it is held against it, and the logits are moved (level) and
-- stretched (slope) to fit best. That is a logistic regression: three of Newton's steps, none longer than a half.
CREATE TABLE risk_fit AS
WITH fresh AS (
    SELECT learned_to, z, dossiers, late, 0e0 AS level, 1e0 AS slope
    FROM risk_fresh
    JOIN risk_kind ON risk_kind.model = risk_fresh.model AND risk_kind.band = risk_fresh.band
        AND risk_kind.field_code = risk_fresh.field_code AND risk_kind.holder = risk_fresh.holder
        AND risk_kind.procedure_code = risk_fresh.procedure_code AND risk_kind.unit_code = risk_fresh.unit_code
),
sum_1 AS (
    SELECT learned_to, min(level) AS level, min(slope) AS slope, sum(unsaid(level, slope, z, dossiers, late)) AS unsaid,
        sum(z * unsaid(level, slope, z, dossiers, late)) AS unsaid_z, sum(spread(level, slope, z, dossiers)) AS spread,
        sum(z * spread(level, slope, z, dossiers)) AS spread_z, sum(z * z * spread(level, slope, z, dossiers)) AS spread_zz
    FROM fresh GROUP BY learned_to
),
fit_1 AS (
    SELECT learned_to, moved(level, spread_zz * unsaid - spread_z * unsaid_z, spread * spread_zz - spread_z * spread_z) AS level,
        greatest(0.2e0, moved(slope, spread * unsaid_z - spread_z * unsaid, spread * spread_zz - spread_z * spread_z)) AS slope
    FROM sum_1
),
fresh_1 AS (
    SELECT fresh.learned_to, z, dossiers, late, fit_1.level, fit_1.slope FROM fresh JOIN fit_1 ON fit_1.learned_to = fresh.learned_to
),
sum_2 AS (
    SELECT learned_to, min(level) AS level, min(slope) AS slope, sum(unsaid(level, slope, z, dossiers, late)) AS unsaid,
        sum(z * unsaid(level, slope, z, dossiers, late)) AS unsaid_z, sum(spread(level, slope, z, dossiers)) AS spread,
        sum(z * spread(level, slope, z, dossiers)) AS spread_z, sum(z * z * spread(level, slope, z, dossiers)) AS spread_zz
    FROM fresh_1 GROUP BY learned_to
),
fit_2 AS (
    SELECT learned_to, moved(level, spread_zz * unsaid - spread_z * unsaid_z, spread * spread_zz - spread_z * spread_z) AS level,
        greatest(0.2e0, moved(slope, spread * unsaid_z - spread_z * unsaid, spread * spread_zz - spread_z * spread_z)) AS slope
    FROM sum_2
),
fresh_2 AS (
    SELECT fresh.learned_to, z, dossiers, late, fit_2.level, fit_2.slope FROM fresh JOIN fit_2 ON fit_2.learned_to = fresh.learned_to
),
sum_3 AS (
    SELECT learned_to, min(level) AS level, min(slope) AS slope, sum(unsaid(level, slope, z, dossiers, late)) AS unsaid,
        sum(z * unsaid(level, slope, z, dossiers, late)) AS unsaid_z, sum(spread(level, slope, z, dossiers)) AS spread,
        sum(z * spread(level, slope, z, dossiers)) AS spread_z, sum(z * z * spread(level, slope, z, dossiers)) AS spread_zz
    FROM fresh_2 GROUP BY learned_to
),
fit_3 AS (
    SELECT learned_to, moved(level, spread_zz * unsaid - spread_z * unsaid_z, spread * spread_zz - spread_z * spread_z) AS level,
        greatest(0.2e0, moved(slope, spread * unsaid_z - spread_z * unsaid, spread * spread_zz - spread_z * spread_z)) AS slope
    FROM sum_3
)
SELECT learned_to, level, slope FROM fit_3;

CREATE TABLE risk_ready AS
SELECT learned_to, count(*) AS months FROM risk_month WHERE part = 'learned' GROUP BY learned_to;

CREATE TABLE risk_told AS
SELECT risk_held.dossier_code, risk_held.unit_code, risk_held.field_code, risk_held.procedure_code, channel, due_on, risk_held.looked_on, is_trial,
    risk_held.learned_to, outcome, days_left, risk_kind.holder, alike, alike_late, rounded(logistic(level + slope * z), 6) AS chance
FROM risk_held
JOIN risk_kind ON risk_kind.model = 10 * risk_held.learned_to AND risk_kind.band = risk_held.band
    AND risk_kind.field_code = risk_held.field_code AND risk_kind.holder = risk_held.holder
    AND risk_kind.procedure_code = risk_held.procedure_code AND risk_kind.unit_code = risk_held.unit_code
JOIN risk_fit ON risk_fit.learned_to = risk_held.learned_to
-- Only what was learned of twelve months is tried.
JOIN risk_ready ON risk_ready.learned_to = risk_held.learned_to AND (months = 12 OR NOT is_trial);

-- chance: 0 to 1. alike: finished dossiers of the same procedure with as many days left at the same step, in twelve months;
-- alike_late: those of them that became late.
CREATE TABLE late_risk AS
SELECT dossier_code, unit_code, field_code, procedure_code, channel, due_on, looked_on, CAST(days_left AS INTEGER) AS days_left,
    CASE WHEN holder <> '' THEN split_part(holder, '-', 2) END AS holder_tier, chance,
    CAST(alike AS INTEGER) AS alike, CAST(alike_late AS INTEGER) AS alike_late
FROM risk_told WHERE NOT is_trial
ORDER BY dossier_code;

-- The units of each home, with their area. A unit of no district belongs to every home.
CREATE TABLE risk_home AS
SELECT home_code, unit_code, area
FROM risk_area
CROSS JOIN home
WHERE homes = 1 OR district_code IS NULL OR home_code IN (district_code, coalesce(above_code, ''));

-- The trial of each home: the dossiers of its units.
CREATE TABLE risk_trial AS
SELECT home_code, dossier_code, looked_on, days_left, chance, outcome, CAST(least(floor(chance * 10), 9) AS INTEGER) AS tenth
FROM risk_told
JOIN risk_home ON risk_home.unit_code = risk_told.unit_code
WHERE is_trial;

-- By tenths of the chance: what was said, and what came. A dossier counts on each Friday on which it was open; different: how
-- many there are. miss: by how many percentage points what was said and what came differ.
CREATE TABLE late_risk_tenth AS
SELECT home_code, tenth, count(*) AS dossiers, count(DISTINCT dossier_code) AS different, exact_sum(outcome) AS late,
    exact_sum(chance) / count(*) AS chance, abs(100e0 * exact_sum(outcome) / count(*) - 100e0 * exact_sum(chance) / count(*)) AS miss
FROM risk_trial
GROUP BY home_code, tenth
ORDER BY home_code, tenth;

-- The trial as a whole, one row for each home. auc: how often a dossier that became late had the higher chance than one that
-- did not; auc_days: the same, by fewest days left. brier: the mean squared error; brier_share: that of always saying the mean
-- share. first_late: of each Friday's first hundred by chance, the percentage that became late; first_late_days: by fewest
-- days left. worst_miss: of the tenths with at least 100 different dossiers, and of the highest tenths that have as many
-- together, because the list begins with them; fewer are off by chance. verdict: good; short: not enough months or dossiers;
-- off: by more than ten points; no_better than the days left, by at least two hundredths.
CREATE TABLE late_risk_trial AS
WITH total AS (
    SELECT home_code, count(*) AS dossiers, sum(outcome) AS late, count(DISTINCT looked_on) AS trial_days,
        exact_sum((chance - outcome) * (chance - outcome)) / count(*) AS brier
    FROM risk_trial
    GROUP BY home_code
),
-- Pairs of a late dossier and one that was not: those in the right order, equal ones counted half.
chance_group AS (
    SELECT home_code, chance, sum(outcome) AS late, count(*) - sum(outcome) AS fine FROM risk_trial GROUP BY home_code, chance
),
chance_pair AS (
    SELECT home_code, sum(CAST(late AS DOUBLE) * (2 * coalesce(below, 0) + fine)) / 2 AS pairs
    FROM (
        SELECT home_code, late, fine,
            sum(fine) OVER (PARTITION BY home_code ORDER BY chance ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS below
        FROM chance_group
    )
    GROUP BY home_code
),
days_group AS (
    SELECT home_code, days_left, sum(outcome) AS late, count(*) - sum(outcome) AS fine FROM risk_trial GROUP BY home_code, days_left
),
days_pair AS (
    SELECT home_code, sum(CAST(late AS DOUBLE) * (2 * coalesce(below, 0) + fine)) / 2 AS pairs
    FROM (
        SELECT home_code, late, fine,
            sum(fine) OVER (PARTITION BY home_code ORDER BY days_left DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS below
        FROM days_group
    )
    GROUP BY home_code
),
placed AS (
    SELECT home_code, outcome, count(*) OVER (PARTITION BY home_code, looked_on) AS day_dossiers,
        row_number() OVER (PARTITION BY home_code, looked_on ORDER BY chance DESC, days_left, dossier_code) AS place,
        row_number() OVER (PARTITION BY home_code, looked_on ORDER BY days_left, dossier_code) AS place_by_days
    FROM risk_trial
),
first_hundred AS (
    SELECT home_code, 100e0 * sum(CASE WHEN place <= 100 THEN outcome END) / count(CASE WHEN place <= 100 THEN 1 END) AS first_late,
        100e0 * sum(CASE WHEN place_by_days <= 100 THEN outcome END) / count(CASE WHEN place_by_days <= 100 THEN 1 END) AS first_late_days
    FROM placed
    WHERE day_dossiers >= 100
    GROUP BY home_code
),
summed AS (
    SELECT home_code, tenth, sum(different) OVER top AS different, sum(late) OVER top AS late, sum(chance * dossiers) OVER top AS said,
        sum(dossiers) OVER top AS dossiers
    FROM late_risk_tenth
    WINDOW top AS (PARTITION BY home_code ORDER BY tenth DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
highest AS (SELECT home_code, max(tenth) AS tenth FROM summed WHERE different >= 100 GROUP BY home_code),
missed AS (
    SELECT home_code, miss FROM late_risk_tenth WHERE different >= 100
    UNION ALL
    SELECT summed.home_code, 100e0 * abs(late - said) / dossiers
    FROM summed JOIN highest ON highest.home_code = summed.home_code AND highest.tenth = summed.tenth
),
worst AS (SELECT home_code, max(miss) AS worst_miss FROM missed GROUP BY home_code),
learned AS (
    SELECT home_code, max(months) AS months
    FROM risk_ready
    JOIN (SELECT DISTINCT home_code, area FROM risk_home) AS placed ON area = learned_to // 100000
    GROUP BY home_code
),
told AS (
    SELECT home.home_code, coalesce(months, 0) AS months, coalesce(trial_days, 0) AS trial_days, coalesce(dossiers, 0) AS dossiers, coalesce(late, 0) AS late,
        chance_pair.pairs / nullif(late * (dossiers - late), 0) AS auc, days_pair.pairs / nullif(late * (dossiers - late), 0) AS auc_days,
        brier, CAST(late AS DOUBLE) / dossiers * (1 - CAST(late AS DOUBLE) / dossiers) AS brier_share, first_late, first_late_days, worst_miss
    FROM home
    LEFT JOIN learned ON learned.home_code = home.home_code
    LEFT JOIN total ON total.home_code = home.home_code
    LEFT JOIN chance_pair ON chance_pair.home_code = home.home_code
    LEFT JOIN days_pair ON days_pair.home_code = home.home_code
    LEFT JOIN first_hundred ON first_hundred.home_code = home.home_code
    LEFT JOIN worst ON worst.home_code = home.home_code
)
SELECT told.*, CASE WHEN months < 12 OR late < 30 OR dossiers - late < 30 OR worst_miss IS NULL THEN 'short'
    WHEN worst_miss > 10 THEN 'off'
    WHEN auc < auc_days + 0.02e0 OR coalesce(first_late < first_late_days, false) THEN 'no_better'
    ELSE 'good' END AS verdict
FROM told
ORDER BY home_code;

DROP TABLE risk_trial;
DROP TABLE risk_home;
DROP TABLE risk_told;
DROP TABLE risk_ready;
DROP TABLE risk_fit;
DROP TABLE risk_kind;
DROP TABLE risk_of_part;
DROP TABLE risk_of_holder;
DROP TABLE risk_of_field;
DROP TABLE risk_of_band;
DROP TABLE risk_fresh;
DROP TABLE risk_learned;
DROP TABLE risk_month;
DROP TABLE risk_count;
DROP TABLE risk_held;
DROP TABLE risk_holder;
DROP TABLE risk_seen;
DROP TABLE risk_open;
DROP TABLE risk_look;
DROP TABLE risk_area;
DROP TABLE risk_dossier;
DROP TABLE left_band;
