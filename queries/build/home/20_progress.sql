-- How many of a unit's members are known in a period: a member of which at least known_minimum percent of the days are
-- known, among the communes in force. For a commune or office it is the unit itself.
CREATE TABLE known_member AS
WITH judged AS (
    SELECT unit_period.*, is_enough(known_days, all_days, known_minimum) AND all_days > 0 AS is_known,
        is_enough(flow_days, all_days, known_minimum) AS flow_known, is_enough(row_days, all_days, known_minimum) AS rows_known,
        daily_dossiers * all_days AS usual_dossiers
    FROM unit_period
    CROSS JOIN rule
    LEFT JOIN unit_volume ON unit_volume.unit_code = unit_period.unit_code
),
member AS (
    SELECT scope_unit.unit_code, scope, member_code, member.kind = 'commune' AS is_commune, valid_from, valid_to
    FROM scope_unit JOIN unit AS member ON member.unit_code = member_code
),
counted AS (
    SELECT judged.calendar, judged.period_code, cut, member.unit_code,
        count(CASE WHEN all_days > 0 THEN 1 END) AS all_units, count(CASE WHEN is_known THEN 1 END) AS known_units,
        count(CASE WHEN is_commune AND all_days > 0 THEN 1 END) AS all_communes,
        count(CASE WHEN is_commune AND is_known THEN 1 END) AS known_communes,
        count(CASE WHEN is_commune AND judged_on BETWEEN valid_from AND coalesce(valid_to, DATE '2100-01-01') THEN 1 END)
            AS reporting_units,
        max(last_day) AS last_day,
        -- What is known of the known members: the older dossiers that are open, those that ended, enough rows; of how many
        -- communes, or units, and of those that usually receive how many dossiers.
        count(CASE WHEN is_known AND open_known THEN 1 END) AS open_units,
        count(CASE WHEN is_commune AND is_known AND open_known THEN 1 END) AS open_communes,
        exact_sum(CASE WHEN is_known AND open_known THEN usual_dossiers ELSE 0 END) AS open_volume,
        count(CASE WHEN is_known AND flow_known THEN 1 END) AS flow_units,
        count(CASE WHEN is_commune AND is_known AND flow_known THEN 1 END) AS flow_communes,
        exact_sum(CASE WHEN is_known AND flow_known THEN usual_dossiers ELSE 0 END) AS flow_volume,
        count(CASE WHEN is_known AND rows_known THEN 1 END) AS row_units,
        count(CASE WHEN is_commune AND is_known AND rows_known THEN 1 END) AS row_communes,
        exact_sum(CASE WHEN is_known AND rows_known THEN usual_dossiers ELSE 0 END) AS row_volume,
        -- Whether the known members are those that usually receive most of the dossiers: an office, or a large commune,
        -- that has sent nothing is missed.
        exact_sum(CASE WHEN is_known THEN usual_dossiers ELSE 0 END) AS known_volume, exact_sum(usual_dossiers) AS all_volume
    FROM member
    JOIN judged ON judged.unit_code = member_code
    JOIN period ON period.calendar = judged.calendar AND period.period_code = judged.period_code
    GROUP BY judged.calendar, judged.period_code, cut, member.unit_code
)
SELECT calendar, period_code, cut, unit_code, last_day, reporting_units,
    told_of_most(open_units, known_units, open_communes, all_communes, open_volume, all_volume, known_minimum) AS open_known,
    told_of_most(flow_units, known_units, flow_communes, all_communes, flow_volume, all_volume, known_minimum) AS flow_known,
    told_of_most(row_units, known_units, row_communes, all_communes, row_volume, all_volume, known_minimum) AS rows_known,
    is_enough(known_volume, all_volume, known_minimum) AS volume_known,
    CASE WHEN all_communes > 0 THEN known_communes ELSE known_units END AS known_units,
    CASE WHEN all_communes > 0 THEN all_communes ELSE all_units END AS all_units
FROM counted CROSS JOIN rule
ORDER BY calendar, period_code, cut, unit_code;

-- Numerator and denominator of each indicator computed from dossiers, by computed_indicator.csv, summed over the unit's
-- members. Dossiers of files that lack a needed column count in neither, nor those whose state is unclear: known_dossiers
-- of all_dossiers are left, and lacking names the columns.
-- Also of the year so far at the end of each month (kind since, 2024-S09), from which goals are projected.
CREATE TABLE computed_value AS
WITH service AS (
    SELECT calendar, kind, period_code, cut, unit_code, lacks, handled,
        {{kept: [measure]}}
    FROM service_period
    UNION ALL
    SELECT calendar, 'since', period_code, 'full', unit_code, lacks, handled,
        {{kept: [measure]}}
    FROM service_since
),
total AS (
    SELECT calendar, kind, period_code, cut, scope_unit.unit_code, lacks,
        sum(handled) AS handled,
        {{kept: [sum] AS [measure]}}
    FROM service
    JOIN scope_unit ON scope_unit.member_code = service.unit_code
    GROUP BY calendar, kind, period_code, cut, scope_unit.unit_code, lacks
),
code AS (
    SELECT * FROM (VALUES
        {{indicator: ('[indicator_code]')}}
    ) AS computed (indicator_code)
),
part AS (
    SELECT calendar, period_code, cut, unit_code, indicator_code,
        CASE indicator_code
            {{indicator: WHEN '[indicator_code]' THEN [dossiers]}}
        END AS dossiers,
        CASE indicator_code
            {{indicator: WHEN '[indicator_code]' THEN [unclear]}}
        END AS unclear,
        CASE indicator_code
            {{indicator: WHEN '[indicator_code]' THEN [is_known]}}
        END AS is_known,
        CAST(CASE indicator_code
            {{indicator: WHEN '[indicator_code]' THEN [numerator]}}
        END AS DOUBLE) AS numerator,
        CAST(CASE indicator_code
            {{indicator: WHEN '[indicator_code]' THEN [denominator]}}
        END AS DOUBLE) AS denominator,
        CASE indicator_code
            {{indicator: WHEN '[indicator_code]' THEN [by_statute]}}
        END AS by_statute,
        CASE indicator_code
            {{indicator: WHEN '[indicator_code]' THEN [lacking]}}
        END AS lacking
    FROM total CROSS JOIN code
)
SELECT calendar, period_code, cut, unit_code, indicator_code,
    exact_sum(CASE WHEN is_known THEN numerator END) AS numerator,
    exact_sum(CASE WHEN is_known THEN denominator END) AS denominator,
    CAST(sum(CASE WHEN is_known THEN dossiers ELSE 0 END) AS BIGINT) AS known_dossiers,
    CAST(sum(dossiers + unclear) AS BIGINT) AS all_dossiers, CAST(sum(unclear) AS BIGINT) AS unclear_dossiers,
    CAST(sum(CASE WHEN is_known THEN by_statute ELSE 0 END) AS BIGINT) AS by_statute,
    -- Parts that lack other columns are rare: the longest list stands for all.
    substr(max(CASE WHEN is_known OR dossiers = 0 THEN '' ELSE lacking END), 3) AS lacking
FROM part
GROUP BY calendar, period_code, cut, unit_code, indicator_code;

-- Reported values. A stock is per period the newest observation that is still valid for it (see the window below); a flow
-- that of the period itself (flow_value), or where the period is shorter than its frequency, the newest one too.
CREATE TABLE reported_value AS
WITH flow AS (
    SELECT period.calendar, period.period_code, unit_code, indicator_code, numerator, denominator, "value",
        coalesce(flow_value.period, period.period_code) AS observed_period, known_months, all_months
    FROM flow_value
    JOIN period ON period.kind = flow_value.kind AND period.last_month = flow_value.last_month
    WHERE unit_code NOT IN (SELECT unit_code FROM foreign_unit)
),
ranked AS (
    SELECT period.calendar, period.period_code, kpi_value.unit_code, kpi_value.indicator_code,
        kpi_value.numerator, kpi_value.denominator, kpi_value.value, kpi_value.period AS observed_period,
        row_number() OVER (
            PARTITION BY period.calendar, period.period_code, kpi_value.unit_code, kpi_value.indicator_code
            -- Of those that end together, the period's own, then that of the shortest span.
            ORDER BY kpi_value.last_month DESC, CASE WHEN kpi_value.period = period.period_code THEN 0 ELSE 1 END,
                kpi_value.first_month DESC, kpi_value.period
        ) AS newest
    FROM period
    JOIN kpi_value ON kpi_value.last_month <= period.last_month
    JOIN indicator ON indicator.indicator_code = kpi_value.indicator_code
        AND kpi_value.last_month > least(period.first_month - 1, period.last_month - frequency_months(indicator.frequency))
        -- A value since January is the value of that span alone, and that span has no other.
        AND CASE WHEN kpi_value.period LIKE '%-C%' OR period.kind = 'cumulative'
            THEN kpi_value.period = period.period_code ELSE true END
        AND (coalesce(over_time, 'stock') <> 'flow'
            OR period.last_month - period.first_month + 1 < frequency_months(indicator.frequency))
    WHERE kpi_value.unit_code NOT IN (SELECT unit_code FROM foreign_unit)
),
own AS (
    SELECT * FROM flow
    UNION ALL
    SELECT ranked.* EXCLUDE (newest), CAST(NULL AS BIGINT) AS known_months, CAST(NULL AS BIGINT) AS all_months
    FROM ranked
    LEFT JOIN flow ON flow.calendar = ranked.calendar AND flow.period_code = ranked.period_code
        AND flow.unit_code = ranked.unit_code AND flow.indicator_code = ranked.indicator_code
    WHERE newest = 1 AND flow.unit_code IS NULL
),
-- For a province: the communes of a district that reports itself are already included in its figure.
told AS (
    SELECT own.calendar, own.period_code, own.indicator_code, member_code
    FROM own JOIN scope_unit ON scope_unit.unit_code = own.unit_code AND scope = 'commune' AND member_code <> own.unit_code
),
-- A district without its own report is the sum of its communes in force at the end of the period; a successor unit is
-- the sum of its former communes. Of a flow, all count that were in force in the period, a successor itself too. Ratios sum numerators and denominators, counts sum values.
listed AS (
    SELECT own.calendar, own.period_code, parent.unit_code, own.indicator_code, indicator.aggregate,
        ordered_sum(own.value, own.unit_code) AS value,
        ordered_sum(own.numerator, own.unit_code) AS numerator,
        ordered_sum(own.denominator, own.unit_code) AS denominator,
        max(own.observed_period) AS observed_period, 
        -- For a province: its districts.
        count(DISTINCT CASE WHEN parent.scope <> 'successor'
                AND judged_on NOT BETWEEN member.valid_from AND coalesce(member.valid_to, DATE '2100-01-01') THEN NULL
            WHEN home.kind = 'province' AND member.kind <> 'district' THEN member.parent_code ELSE own.unit_code END)
            AS known_units,
        -- Months of all of them together.
        sum(own.known_months) AS known_months, sum(own.all_months) AS all_months
    FROM own
    JOIN (
        SELECT unit_code, member_code, scope FROM scope_unit
        UNION SELECT home_code, unit_code, 'district' FROM scope_unit CROSS JOIN rule WHERE scope = 'commune'
    ) AS parent ON parent.member_code = own.unit_code AND parent.scope <> 'office'
        AND (parent.unit_code <> own.unit_code OR (parent.scope = 'successor' AND own.known_months IS NOT NULL))
    JOIN indicator ON indicator.indicator_code = own.indicator_code
    JOIN period ON period.calendar = own.calendar AND period.period_code = own.period_code
    JOIN unit AS member ON member.unit_code = own.unit_code
    CROSS JOIN rule
    LEFT JOIN unit AS home ON home.unit_code = rule.home_code
    LEFT JOIN told ON told.calendar = own.calendar AND told.period_code = own.period_code
        AND told.indicator_code = own.indicator_code AND told.member_code = own.unit_code AND parent.scope = 'district'
    WHERE told.member_code IS NULL
        AND (parent.scope = 'successor'
            OR judged_on BETWEEN member.valid_from AND coalesce(member.valid_to, DATE '2100-01-01')
            OR (own.known_months IS NOT NULL AND member.valid_from <= judged_on
                AND coalesce(member.valid_to, DATE '2100-01-01') >= period.start_on))
        AND (indicator.aggregate = 'sum'
            OR (indicator.aggregate = 'ratio' AND own.numerator IS NOT NULL AND own.denominator IS NOT NULL))
    GROUP BY own.calendar, own.period_code, parent.unit_code, own.indicator_code, indicator.aggregate
),
summed AS (
    SELECT calendar, period_code, unit_code, indicator_code,
        CASE WHEN aggregate = 'sum' THEN value ELSE numerator END AS numerator,
        CASE WHEN aggregate = 'sum' THEN NULL ELSE denominator END AS denominator,
        CASE WHEN aggregate = 'sum' THEN value ELSE 100 * numerator / nullif(denominator, 0) END AS value,
        observed_period, CAST(known_months AS BIGINT) AS known_months, CAST(all_months AS BIGINT) AS all_months, known_units
    FROM listed
),
-- A unit's own report counts, but not that of a flow in fewer months than the sum tells of, nor one that began in the period.
placed AS (
    SELECT own.calendar, own.period_code, own.unit_code, own.indicator_code,
        coalesce(summed.known_months * own.all_months > own.known_months * summed.all_months, false)
            OR (own.known_months IS NOT NULL AND summed.unit_code IS NOT NULL AND period.start_on < unit.valid_from) AS is_less
    FROM own
    JOIN period ON period.calendar = own.calendar AND period.period_code = own.period_code
    LEFT JOIN unit ON unit.unit_code = own.unit_code
    LEFT JOIN summed ON summed.calendar = own.calendar AND summed.period_code = own.period_code
        AND summed.unit_code = own.unit_code AND summed.indicator_code = own.indicator_code
)
SELECT own.*, CAST(NULL AS BIGINT) AS known_units
FROM own
JOIN placed ON placed.calendar = own.calendar AND placed.period_code = own.period_code
    AND placed.unit_code = own.unit_code AND placed.indicator_code = own.indicator_code AND NOT is_less
UNION ALL
SELECT summed.* FROM summed
LEFT JOIN placed ON placed.calendar = summed.calendar AND placed.period_code = summed.period_code
    AND placed.unit_code = summed.unit_code AND placed.indicator_code = summed.indicator_code AND NOT is_less
WHERE placed.unit_code IS NULL;

-- Unit x period x indicator: value, target, status and points; one row per combination, also for missing values.
CREATE TABLE progress AS
WITH place AS (
    SELECT scope_unit.unit_code, scope, unit.kind,
        -- The number of communes (or of districts with data) in the unit; a target that is a count is multiplied by it.
        CASE WHEN scope = 'successor' THEN sum(CASE WHEN scope_unit.unit_code <> member_code THEN 1 ELSE 0 END)
            WHEN unit.kind = 'province' THEN greatest(1, (SELECT count(*) FROM home WHERE home.kind = 'district'))
            ELSE 1 END AS members
    FROM scope_unit LEFT JOIN unit ON unit.unit_code = scope_unit.unit_code
    GROUP BY scope_unit.unit_code, scope, unit.kind
),
cuts AS (SELECT DISTINCT calendar, period_code, cut FROM period_month),
valued AS (
    SELECT cuts.calendar, period.kind, cuts.period_code, cuts.cut, place.unit_code, place.scope,
        indicator.indicator_code, indicator.kind AS indicator_kind, indicator.direction, indicator.weight,
        indicator.limit_value,
        -- A target that is a count applies to each commune, so a merged unit gets it once per commune.
        target_row.target * merged AS target,
        -- Default alert: nine tenths of the target, or a tenth of the limit. Rounded, because
        -- (1 - 0.9) * 100 is a little less than 10.
        coalesce(target_row.alert, rounded(CASE indicator.direction WHEN 'up' THEN near_ratio * target_row.target
            WHEN 'down' THEN (1 - near_ratio) * indicator.limit_value END, 6)) * merged AS alert,
        CASE WHEN indicator.kind = 'computed' THEN computed.numerator ELSE reported.numerator END AS numerator,
        CASE WHEN indicator.kind = 'computed' THEN computed.denominator ELSE reported.denominator END AS denominator,
        CASE
            WHEN indicator.kind = 'reported' THEN reported.value
            WHEN indicator.measure = 'hồ sơ' THEN computed.numerator
            WHEN indicator.measure = '%' THEN 100 * computed.numerator / nullif(computed.denominator, 0)
            ELSE computed.numerator / nullif(computed.denominator, 0)
        END AS value,
        reported.observed_period, reported.known_months, reported.all_months, computed.known_dossiers, computed.all_dossiers, computed.unclear_dossiers,
        computed.by_statute, nullif(computed.lacking, '') AS lacking,
        -- How many of the unit's members the value is made of; NULL for a value that the unit itself reported.
        CASE WHEN indicator.kind = 'computed' THEN known_member.known_units ELSE reported.known_units END AS known_units,
        CASE WHEN indicator.kind = 'computed' THEN known_member.all_units WHEN reported.known_units IS NULL THEN NULL
            WHEN place.kind = 'province' THEN members
            -- A district is the sum of the communes in force when it is judged.
            WHEN place.scope = 'successor' THEN known_member.all_units ELSE known_member.reporting_units END AS all_units,
        CASE WHEN indicator.kind = 'computed' THEN known_member.last_day END AS known_on,
        known_member.all_units AS members_in_force,
        -- A reported value has no dossiers.
        indicator.kind <> 'computed' OR coalesce(rows_known, true) AS rows_known,
        indicator.kind <> 'computed' OR coalesce(volume_known, true) AS volume_known,
        coalesce(CASE indicator.indicator_code
            {{indicator: WHEN '[indicator_code]' THEN [older_known]}}
        END, true) AS older_known
    FROM cuts
    JOIN period ON period.calendar = cuts.calendar AND period.period_code = cuts.period_code
    CROSS JOIN place
    CROSS JOIN indicator
    CROSS JOIN rule
    CROSS JOIN LATERAL (
        SELECT CASE WHEN indicator.aggregate = 'sum' THEN members ELSE 1 END AS merged
    )
    LEFT JOIN indicator_target AS target_row ON target_row.indicator_code = indicator.indicator_code
        AND target_row.year = period.year
        AND target_row.scope = CASE WHEN place.scope = 'district' OR place.kind = 'district' THEN 'district' ELSE 'commune' END
    LEFT JOIN computed_value AS computed ON computed.calendar = cuts.calendar
        AND computed.period_code = cuts.period_code AND computed.cut = cuts.cut
        AND computed.unit_code = place.unit_code AND computed.indicator_code = indicator.indicator_code
    LEFT JOIN known_member ON known_member.calendar = cuts.calendar AND known_member.period_code = cuts.period_code
        AND known_member.cut = cuts.cut AND known_member.unit_code = place.unit_code
    LEFT JOIN reported_value AS reported ON reported.calendar = cuts.calendar
        AND reported.period_code = cuts.period_code AND reported.unit_code = place.unit_code
        AND reported.indicator_code = indicator.indicator_code
),
-- A unit that was not in force has no figure. A value of too small a part of the whole has no status, points or rank.
weighed AS (
    SELECT valued.* EXCLUDE (value, numerator, denominator),
        CASE WHEN is_in_force THEN value END AS value, CASE WHEN is_in_force THEN numerator END AS numerator,
        CASE WHEN is_in_force THEN denominator END AS denominator,
        is_enough(known_units, all_units, known_minimum) AND is_enough(known_months, all_months, known_minimum)
            AND is_enough(known_dossiers, all_dossiers, known_minimum)
            AND older_known AND rows_known AND volume_known AS is_whole
    FROM valued CROSS JOIN rule
    CROSS JOIN LATERAL (SELECT coalesce(members_in_force > 0, true) AS is_in_force)
)
SELECT
    calendar, kind, period_code, cut, unit_code, scope, indicator_code, numerator, denominator, value, target,
    alert,
    weight, observed_period, known_months, all_months, known_dossiers, all_dossiers, unclear_dossiers, by_statute, lacking, known_units, all_units,
    known_on, older_known, rows_known, volume_known, is_whole,
    CASE
        WHEN value IS NULL THEN 'missing'
        WHEN NOT is_whole THEN 'partial'
        WHEN direction = 'context' OR target IS NULL THEN 'context'
        WHEN direction = 'up' AND value >= target THEN 'met'
        WHEN direction = 'down' AND value <= target THEN 'met'
        WHEN direction = 'up' AND value >= alert THEN 'near'
        WHEN direction = 'down' AND value <= alert THEN 'near'
        ELSE 'missed'
    END AS status,
    -- Share of the weight earned, 0 to 1: up relative to the target, down relative to the limit.
    CASE WHEN weight > 0 AND is_whole THEN earned_share(direction, value, target, limit_value) END AS score_share,
    -- A share of a few says little, of whatever it is; a reported value without a denominator is a count or a score.
    direction <> 'context' AND value IS NOT NULL
        AND coalesce(coalesce(denominator, CASE WHEN indicator_kind = 'computed' THEN 0 END) < low_volume, false) AS low_volume
FROM weighed CROSS JOIN rule
ORDER BY calendar, kind, period_code, cut, unit_code, indicator_code;

-- Points out of 100 over the known indicators, the share of the weight that is known, and the rank among communes. Where
-- less than coverage_minimum is known there is no score: 11 of 100 points say nothing of the whole.
-- Fractions are summed in a fixed order: the last bits depend on it, and the same files must give the same snapshot.
CREATE TABLE unit_score AS
WITH weighed AS (
    SELECT calendar, progress.kind, period_code, cut, unit_code, scope, group_code, indicator_code, progress.weight,
        progress.weight * score_share AS points,
        CASE WHEN score_share IS NOT NULL THEN progress.weight END AS known_weight,
        CASE WHEN progress.weight > 0 THEN value END AS value
    FROM progress JOIN indicator USING (indicator_code)
),
listed AS (
    SELECT calendar, kind, period_code, cut, unit_code, scope, coalesce(group_code, 'all') AS group_code,
        ordered_sum(points, indicator_code) AS points,
        ordered_sum(known_weight, indicator_code) AS known_weight,
        ordered_sum(weight, indicator_code) AS weight, count(value) AS known_values
    FROM weighed
    GROUP BY GROUPING SETS (
        (calendar, kind, period_code, cut, unit_code, scope),
        (calendar, kind, period_code, cut, unit_code, scope, group_code)
    )
),
summed AS (
    SELECT calendar, kind, period_code, cut, unit_code, scope, group_code,
        100 * points / nullif(known_weight, 0) AS known_score, 100 * coalesce(known_weight, 0) / nullif(weight, 0) AS coverage,
        known_values
    FROM listed
),
comparable AS (
    SELECT summed.*, CASE WHEN coverage >= coverage_minimum THEN known_score END AS score,
        scope IN ('commune', 'successor') AND score IS NOT NULL AS is_ranked,
        rounded(score, rank_decimals) AS compared_score
    FROM summed CROSS JOIN rule
)
SELECT calendar, kind, period_code, cut, unit_code, scope, group_code, score, coverage, is_ranked,
    -- Ranks 1, 2, 2, 4: units with the same rounded score share a rank.
    CASE WHEN is_ranked THEN rank() OVER (
        PARTITION BY calendar, period_code, cut, group_code, scope, is_ranked ORDER BY compared_score DESC
    ) END AS place,
    count(CASE WHEN is_ranked THEN 1 END) OVER (PARTITION BY calendar, period_code, cut, group_code, scope) AS ranked_units,
    CASE WHEN score IS NULL THEN lacking_status(known_values) WHEN score >= score_target THEN 'met'
        WHEN score >= score_alert THEN 'near' ELSE 'missed' END AS status
FROM comparable CROSS JOIN rule
ORDER BY calendar, kind, period_code, cut, unit_code, group_code;
