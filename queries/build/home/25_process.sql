-- Process charts: what each unit's indicator usually does from month to month, and the months that differ for real.

-- The known months of each unit's indicator, numbered from the first. A month that is not over, or known in part, is left
-- out; a reported value counts in the month that it was reported for. is_rate: all months are shares of a counted whole.
CREATE TABLE process_point AS
WITH known AS (
    SELECT progress.calendar, progress.unit_code, scope, progress.indicator_code, last_month AS month, progress.value, numerator,
        denominator, low_volume,
        measure = '%' AND coalesce(denominator > 0 AND numerator BETWEEN 0 AND denominator, false) AS is_share
    FROM progress
    JOIN period ON period.calendar = progress.calendar AND period.period_code = progress.period_code
    JOIN indicator ON indicator.indicator_code = progress.indicator_code
    WHERE progress.kind = 'month' AND cut = 'full' AND NOT is_partial AND is_whole AND abs(progress.value) < 1e15
        AND (indicator.kind = 'computed' OR observed_period = progress.period_code)
),
-- An event that splits the series begins another one: the place of its first month is 1001, then 2001.
parted AS (
    SELECT known.calendar, known.unit_code, known.indicator_code, known.month, 1000 * count(*) AS base
    FROM known
    JOIN process_split AS split ON split.calendar = known.calendar AND split.unit_code = known.unit_code
        AND split.indicator_code = known.indicator_code AND split.month <= known.month
    GROUP BY known.calendar, known.unit_code, known.indicator_code, known.month
)
SELECT calendar, unit_code, scope, indicator_code, month, value, numerator, denominator, low_volume,
    min(CASE WHEN is_share THEN 1 ELSE 0 END) OVER (PARTITION BY calendar, unit_code, indicator_code) = 1 AS is_rate,
    -- The smallest step of the values: of a whole number, of a tenth, or less.
    CASE WHEN max(abs(value - floor(value + 0.5e0))) OVER (PARTITION BY calendar, unit_code, indicator_code) < 1e-9 THEN 1e0
        WHEN max(abs(10 * value - floor(10 * value + 0.5e0))) OVER (PARTITION BY calendar, unit_code, indicator_code) < 1e-9 THEN 0.1e0
        ELSE 0.01e0 END AS resolution,
    base + row_number() OVER (PARTITION BY calendar, unit_code, indicator_code, base ORDER BY month) AS place,
    base + count(*) OVER (PARTITION BY calendar, unit_code, indicator_code, base) AS known_months
FROM (
    SELECT known.*, coalesce(base, 0) AS base
    FROM known
    LEFT JOIN parted ON parted.calendar = known.calendar AND parted.unit_code = known.unit_code
        AND parted.indicator_code = known.indicator_code AND parted.month = known.month
) AS placed
ORDER BY calendar, unit_code, indicator_code, month;

-- The mean of the twelve known months from each one: the baseline if it began there.
CREATE TABLE process_base AS
WITH twelve AS (
    SELECT calendar, unit_code, indicator_code, place, is_rate,
        count(*) OVER following AS months,
        sum(CAST(CASE WHEN is_rate THEN numerator ELSE value END AS DECIMAL(30, 6))) OVER following AS amount,
        sum(CAST(CASE WHEN is_rate THEN denominator ELSE 1 END AS DECIMAL(30, 6))) OVER following AS of_amount
    FROM process_point
    WINDOW following AS (
        PARTITION BY calendar, unit_code, indicator_code, place // 1000 ORDER BY place ROWS BETWEEN CURRENT ROW AND 11 FOLLOWING)
)
SELECT calendar, unit_code, indicator_code, place, is_rate, CAST(amount AS DOUBLE) AS amount, CAST(of_amount AS DOUBLE) AS of_amount,
    CASE WHEN is_rate THEN 100 ELSE 1 END * CAST(amount AS DOUBLE) / CAST(of_amount AS DOUBLE) AS centre
FROM twelve
WHERE months = 12;

-- Where a value lies: above (1), on (0) or below (-1) a line.
CREATE MACRO side_of(value, line) AS CASE WHEN value > line + 1e-9 THEN 1 WHEN value < line - 1e-9 THEN -1 ELSE 0 END;

-- Baselines that count. The first are the first twelve known months. It is replaced after a sustained shift only: when
-- twelve months in a row lie on one side of its centre, they are the next baseline. A baseline counts from its twelfth
-- month on, so that a month is judged by what was known then: the early months of steady growth are no fall.
CREATE TABLE process_phase AS
WITH sided AS (
    SELECT base.calendar, base.unit_code, base.indicator_code, base.place AS start_place, point.place,
        side_of(point.value, centre) AS side
    FROM process_base AS base
    JOIN process_point AS point ON point.calendar = base.calendar AND point.unit_code = base.unit_code
        AND point.indicator_code = base.indicator_code AND point.place > base.place AND point.place // 1000 = base.place // 1000
    WHERE known_months > base.place + 11
),
run AS (
    SELECT calendar, unit_code, indicator_code, start_place, place, min(side) OVER twelve AS lowest, max(side) OVER twelve AS highest
    FROM sided
    WINDOW twelve AS (
        PARTITION BY calendar, unit_code, indicator_code, start_place ORDER BY place ROWS BETWEEN 11 PRECEDING AND CURRENT ROW)
),
hop AS (
    SELECT calendar, unit_code, indicator_code, start_place, min(place) - 11 AS next_place
    FROM run
    WHERE place >= start_place + 12 AND (lowest = 1 OR highest = -1)
    GROUP BY calendar, unit_code, indicator_code, start_place
),
-- Up to 31 baselines after the first: two, four, eight, sixteen shifts in one step.
hop_2 AS (
    SELECT hop.calendar, hop.unit_code, hop.indicator_code, hop.start_place, further.next_place
    FROM hop JOIN hop AS further ON further.calendar = hop.calendar AND further.unit_code = hop.unit_code
        AND further.indicator_code = hop.indicator_code AND further.start_place = hop.next_place
),
hop_4 AS (
    SELECT hop.calendar, hop.unit_code, hop.indicator_code, hop.start_place, further.next_place
    FROM hop_2 AS hop JOIN hop_2 AS further ON further.calendar = hop.calendar AND further.unit_code = hop.unit_code
        AND further.indicator_code = hop.indicator_code AND further.start_place = hop.next_place
),
hop_8 AS (
    SELECT hop.calendar, hop.unit_code, hop.indicator_code, hop.start_place, further.next_place
    FROM hop_4 AS hop JOIN hop_4 AS further ON further.calendar = hop.calendar AND further.unit_code = hop.unit_code
        AND further.indicator_code = hop.indicator_code AND further.start_place = hop.next_place
),
hop_16 AS (
    SELECT hop.calendar, hop.unit_code, hop.indicator_code, hop.start_place, further.next_place
    FROM hop_8 AS hop JOIN hop_8 AS further ON further.calendar = hop.calendar AND further.unit_code = hop.unit_code
        AND further.indicator_code = hop.indicator_code AND further.start_place = hop.next_place
),
reached_1 AS (
    SELECT calendar, unit_code, indicator_code, place FROM process_base WHERE place % 1000 = 1
    UNION ALL SELECT calendar, unit_code, indicator_code, next_place FROM hop WHERE start_place % 1000 = 1
),
reached_2 AS (
    SELECT * FROM reached_1
    UNION ALL SELECT reached.calendar, reached.unit_code, reached.indicator_code, next_place
    FROM reached_1 AS reached JOIN hop_2 AS hop ON hop.calendar = reached.calendar AND hop.unit_code = reached.unit_code
        AND hop.indicator_code = reached.indicator_code AND hop.start_place = reached.place
),
reached_4 AS (
    SELECT * FROM reached_2
    UNION ALL SELECT reached.calendar, reached.unit_code, reached.indicator_code, next_place
    FROM reached_2 AS reached JOIN hop_4 AS hop ON hop.calendar = reached.calendar AND hop.unit_code = reached.unit_code
        AND hop.indicator_code = reached.indicator_code AND hop.start_place = reached.place
),
reached_8 AS (
    SELECT * FROM reached_4
    UNION ALL SELECT reached.calendar, reached.unit_code, reached.indicator_code, next_place
    FROM reached_4 AS reached JOIN hop_8 AS hop ON hop.calendar = reached.calendar AND hop.unit_code = reached.unit_code
        AND hop.indicator_code = reached.indicator_code AND hop.start_place = reached.place
),
reached_16 AS (
    SELECT * FROM reached_8
    UNION ALL SELECT reached.calendar, reached.unit_code, reached.indicator_code, next_place
    FROM reached_8 AS reached JOIN hop_16 AS hop ON hop.calendar = reached.calendar AND hop.unit_code = reached.unit_code
        AND hop.indicator_code = reached.indicator_code AND hop.start_place = reached.place
),
started AS (
    SELECT calendar, unit_code, indicator_code, place AS start_place,
        lead(place) OVER (PARTITION BY calendar, unit_code, indicator_code ORDER BY place) AS next_place
    FROM reached_16
),
-- The spread inside the baseline: from one month to the next. A rate is measured in standard deviations of its binomial
-- distribution (Laney's p' chart), never less than one: less is luck.
month AS (
    SELECT started.calendar, started.unit_code, started.indicator_code, start_place, next_place, base.is_rate, amount, of_amount,
        centre, spread_share(amount, of_amount) AS share, point.place, point.month, point.value, point.denominator, resolution
    FROM started
    JOIN process_base AS base ON base.calendar = started.calendar AND base.unit_code = started.unit_code
        AND base.indicator_code = started.indicator_code AND base.place = start_place
    JOIN process_point AS point ON point.calendar = started.calendar AND point.unit_code = started.unit_code
        AND point.indicator_code = started.indicator_code AND point.place BETWEEN start_place AND start_place + 11
),
measured AS (
    SELECT month.*, CASE WHEN is_rate THEN (value - centre) / (100 * sqrt(share * (1 - share) / denominator)) ELSE value END AS measured
    FROM month
),
moved AS (
    SELECT measured.*, abs(measured - lag(measured) OVER (
        PARTITION BY calendar, unit_code, indicator_code, start_place ORDER BY place)) AS moving_range
    FROM measured
)
SELECT calendar, unit_code, indicator_code, start_place, coalesce(next_place, 1000000) AS next_place, is_rate, amount, of_amount,
    centre, share, min(month) AS base_first_month, max(month) AS base_last_month,
    -- The limits of numbers are at least one and a half steps from the centre: one product more is no change.
    CASE WHEN is_rate THEN greatest(1, ordered_sum(moving_range, place) / 11 / 1.128e0)
        ELSE greatest(1.5e0 / 2.66e0 * resolution, ordered_sum(moving_range, place) / 11) END AS spread,
    CASE WHEN is_rate THEN ordered_sum(moving_range, place) / 11 / 1.128e0 END AS found_spread
FROM moved
GROUP BY calendar, unit_code, indicator_code, start_place, next_place, is_rate, resolution, amount, of_amount, centre, share
ORDER BY calendar, unit_code, indicator_code, start_place;

-- How much more than luck the months of a rate differ, in all units of a scope together: the mean square of their spreads.
CREATE TABLE process_peer AS
SELECT process_phase.calendar, scope, process_phase.indicator_code, count(*) AS peers,
    exact_sum(found_spread * found_spread) / count(*) AS square
FROM process_phase
JOIN process_point ON process_point.calendar = process_phase.calendar AND process_point.unit_code = process_phase.unit_code
    AND process_point.indicator_code = process_phase.indicator_code AND process_point.place = start_place
WHERE process_phase.is_rate
GROUP BY process_phase.calendar, scope, process_phase.indicator_code
ORDER BY process_phase.calendar, scope, process_phase.indicator_code;

-- Where each known month lies against the baselines that it may be judged by, and the four rules.
CREATE TABLE process_judged AS
WITH placed AS (
    SELECT point.calendar, point.unit_code, point.scope, point.indicator_code, point.month, point.place, point.value, point.numerator,
        point.denominator, point.low_volume, point.is_rate, start_place, base_first_month, base_last_month, amount, of_amount, centre, share,
        spread, found_spread, abs(point.value - lag(point.value) OVER series) AS moving_range,
        side_of(point.value, lag(point.value) OVER series) AS step,
        side_of(point.value, centre) AS side,
        -- Half of the distance between the centre and a limit.
        CASE WHEN point.is_rate THEN 300 * spread * sqrt(share * (1 - share) / point.denominator) ELSE 2.66e0 * spread END AS reach,
        CASE WHEN point.is_rate THEN rate_z(point.numerator, point.denominator, share) / spread
            ELSE (point.value - centre) / (spread / 1.128e0) END AS z
    FROM process_point AS point
    JOIN process_phase AS phase ON phase.calendar = point.calendar AND phase.unit_code = point.unit_code
        AND phase.indicator_code = point.indicator_code AND point.place >= start_place AND point.place < next_place + 11
        AND point.place // 1000 = start_place // 1000
    WINDOW series AS (PARTITION BY point.calendar, point.unit_code, point.indicator_code, start_place ORDER BY point.place)
),
seen AS (
    SELECT placed.*,
        CASE WHEN low_volume OR z IS NULL OR abs(value - centre) <= reach + 1e-9 THEN 0 WHEN z > 3 THEN 1 WHEN z < -3 THEN -1 ELSE 0 END AS outside,
        CASE WHEN low_volume OR z IS NULL THEN 0 WHEN z > 2 THEN 1 WHEN z < -2 THEN -1 ELSE 0 END AS outer_third
    FROM placed
),
ruled AS (
    SELECT seen.*,
        CASE WHEN count(*) OVER seven < 7 THEN 0 WHEN min(side) OVER seven = 1 THEN 1 WHEN max(side) OVER seven = -1 THEN -1 ELSE 0 END AS run,
        -- Six months are five steps.
        CASE WHEN count(step) OVER five < 5 THEN 0 WHEN min(step) OVER five = 1 THEN 1 WHEN max(step) OVER five = -1 THEN -1 ELSE 0 END AS trend,
        CASE WHEN outer_third = 1 AND sum(CASE WHEN outer_third = 1 THEN 1 ELSE 0 END) OVER three >= 2 THEN 1
            WHEN outer_third = -1 AND sum(CASE WHEN outer_third = -1 THEN 1 ELSE 0 END) OVER three >= 2 THEN -1 ELSE 0 END AS two_of_three
    FROM seen
    WINDOW seven AS (PARTITION BY calendar, unit_code, indicator_code, start_place ORDER BY place ROWS BETWEEN 6 PRECEDING AND CURRENT ROW),
        five AS (PARTITION BY calendar, unit_code, indicator_code, start_place ORDER BY place ROWS BETWEEN 4 PRECEDING AND CURRENT ROW),
        three AS (PARTITION BY calendar, unit_code, indicator_code, start_place ORDER BY place ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
)
-- Where the rules disagree, the one that needs the fewest months counts.
SELECT ruled.*, CASE WHEN place < start_place + 11 THEN NULL WHEN outside <> 0 THEN outside
    WHEN two_of_three <> 0 THEN two_of_three WHEN trend <> 0 THEN trend ELSE run END AS signal
FROM ruled;

-- The last one, two and seven months of a signal, and the baseline without them.
CREATE TABLE process_spell AS
WITH spell AS (
    SELECT judged.calendar, judged.unit_code, judged.scope, judged.indicator_code, judged.month, judged.is_rate, judged.signal,
        judged.amount, judged.of_amount, judged.spread, judged.found_spread, months,
        exact_sum(CASE WHEN judged.is_rate THEN recent.numerator ELSE recent.value END) AS new_amount,
        exact_sum(CASE WHEN judged.is_rate THEN recent.denominator ELSE 1 END) AS new_of,
        exact_sum(CASE WHEN recent.place > judged.start_place + 11 THEN 0 WHEN judged.is_rate THEN recent.numerator ELSE recent.value END) AS shared_amount,
        exact_sum(CASE WHEN recent.place > judged.start_place + 11 THEN 0 WHEN judged.is_rate THEN recent.denominator ELSE 1 END) AS shared_of
    FROM process_judged AS judged
    CROSS JOIN (SELECT * FROM (VALUES (1), (2), (7)) AS spans (months)) AS span
    JOIN process_judged AS recent ON recent.calendar = judged.calendar AND recent.unit_code = judged.unit_code
        AND recent.indicator_code = judged.indicator_code AND recent.start_place = judged.start_place
        AND recent.place BETWEEN judged.place - months + 1 AND judged.place
    WHERE judged.signal <> 0
    GROUP BY judged.calendar, judged.unit_code, judged.scope, judged.indicator_code, judged.month, judged.is_rate, judged.signal,
        judged.amount, judged.of_amount, judged.spread, judged.found_spread, months
    HAVING count(*) = months
)
SELECT spell.*, of_amount - shared_of AS old_of, (amount - shared_amount) / (of_amount - shared_of) AS old_mean, new_amount / new_of AS new_mean,
    spread_share(amount - shared_amount, of_amount - shared_of) AS old_share,
    spread_share(new_amount + amount - shared_amount, new_of + of_amount - shared_of) AS both_share,
    CASE WHEN spell.is_rate THEN greatest(1, sqrt((spell.found_spread * spell.found_spread + square) / 2)) ELSE spell.spread / 1.128e0 END AS deviation,
    6.82e0 * CASE WHEN spell.is_rate THEN peers ELSE 1 END AS freedom
FROM spell
LEFT JOIN process_peer AS peer ON peer.calendar = spell.calendar AND peer.scope = spell.scope AND peer.indicator_code = spell.indicator_code
WHERE of_amount > shared_of;

-- By the bell curve and by the exact tail: the more cautious of the two counts.
CREATE TABLE process_distance AS
SELECT compared.*, (new_mean - old_mean) / sqrt(CASE WHEN is_rate THEN both_share * (1 - both_share) ELSE 1 END * (1 / new_of + 1 / old_of)) AS by_curve,
    CASE WHEN is_rate THEN rate_z(new_amount, new_of, old_share) * sqrt(old_of / (old_of + new_of)) END AS by_tail
FROM process_spell AS compared;

-- Each known month against the baseline that counts: centre, limits at three standard deviations, and the four rules. z is
-- the distance in standard deviations; of a share of a few it says nothing (low_volume). signal: 1 up, -1 down, 0 none,
-- NULL in the first eleven months, which are not judged.
-- chance: how likely a month, two or seven months so far from the baseline are if nothing changed.
CREATE TABLE process_month AS
WITH tested AS (
    SELECT measured.*, CASE WHEN signal > 0 THEN least(by_curve, by_tail) ELSE greatest(by_curve, by_tail) END / nullif(deviation, 0) AS t
    FROM process_distance AS measured
),
distance AS (
    SELECT tested.*, z_of_t(t, freedom) AS z FROM tested WHERE t * signal > 0
),
likely AS (
    SELECT calendar, unit_code, indicator_code, month, least(1, 3 * min(chance_beyond(z))) AS chance
    FROM distance
    GROUP BY calendar, unit_code, indicator_code, month
)
SELECT judged.calendar, judged.unit_code, judged.scope, judged.indicator_code, judged.month, value, numerator, denominator,
    low_volume, is_rate, base_first_month, base_last_month, centre,
    CASE WHEN centre >= 0 THEN greatest(0, centre - reach) ELSE centre - reach END AS lower_limit,
    CASE WHEN is_rate THEN least(100, centre + reach) ELSE centre + reach END AS upper_limit,
    moving_range, CASE WHEN NOT is_rate THEN 3.267e0 * spread END AS range_limit,
    -- Rounded, because the last digits of a logarithm differ between machines.
    rounded(z, 6) AS z, outside, run, trend, two_of_three, signal,
    CASE WHEN signal <> 0 THEN rounded(coalesce(chance, 1), 9) END AS chance
FROM process_judged AS judged
LEFT JOIN likely ON likely.calendar = judged.calendar AND likely.unit_code = judged.unit_code
    AND likely.indicator_code = judged.indicator_code AND likely.month = judged.month
WHERE place >= start_place + 11 OR start_place % 1000 = 1
ORDER BY judged.calendar, judged.unit_code, judged.indicator_code, judged.month;

-- The last known month of each period; of a period whose first month is not over, the month before. series_months: known
-- months up to it, since the last event that split the series, if there is one.
CREATE TABLE process_period AS
WITH newest AS (
    SELECT period.calendar, period_code, unit_code, indicator_code, max(month) AS month, max(place) % 1000 AS series_months
    FROM process_point
    JOIN period ON period.calendar = process_point.calendar
        AND month BETWEEN first_month - CASE WHEN is_partial THEN 1 ELSE 0 END AND last_month
    GROUP BY period.calendar, period_code, unit_code, indicator_code
),
-- An event before the first known month splits nothing.
split AS (
    SELECT split.calendar, split.unit_code, split.indicator_code, split.month, split_on, split_name,
        lead(split.month) OVER (PARTITION BY split.calendar, split.unit_code, split.indicator_code ORDER BY split.month) AS next_month
    FROM process_split AS split
    JOIN (SELECT calendar, unit_code, indicator_code, min(month) AS month FROM process_point GROUP BY calendar, unit_code, indicator_code) AS begun
        ON begun.calendar = split.calendar AND begun.unit_code = split.unit_code AND begun.indicator_code = split.indicator_code
        AND begun.month < split.month
)
SELECT newest.calendar, period_code, newest.unit_code, newest.indicator_code, newest.month, series_months, split_on, split_name
FROM newest
LEFT JOIN split ON split.calendar = newest.calendar AND split.unit_code = newest.unit_code
    AND split.indicator_code = newest.indicator_code AND split.month <= newest.month AND newest.month < coalesce(next_month, 1000000)
ORDER BY newest.calendar, period_code, newest.unit_code, newest.indicator_code;

DROP TABLE process_base;
DROP TABLE process_judged;
DROP TABLE process_spell;
DROP TABLE process_distance;
