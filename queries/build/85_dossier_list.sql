-- Bands of the used share of the statutory time, in working days.
CREATE TABLE used_band AS
SELECT * FROM (VALUES (1, 0.25, 'Đến 25 % thời hạn'), (2, 0.5, '25–50 % thời hạn'), (3, 0.75, '50–75 % thời hạn'),
    (4, 1, '75–100 % thời hạn'), (5, 1.5, '100–150 % thời hạn'), (6, NULL, 'Trên 150 % thời hạn'))
    AS named (band, up_to, band_title);

-- The available lists of dossiers; every figure on a page is the count of one of them. A line {{list: …}} is expanded
-- for each row of dossier_list.csv; other lists are derived from data. needs: the columns without which a list is unknown.
CREATE TABLE dossier_subset AS
SELECT * FROM (VALUES
    {{list: ([place], '[subset_code]', '[title]', '[group_code]', '[needs]')}}
) AS subset (sort, subset_code, title, group_code, needs)
UNION ALL
SELECT 100 + row_number() OVER (ORDER BY cause_code), 'cause_' || cause_code, 'Trễ hạn vì: ' || name, 'cause', 'late_cause'
FROM late_cause
UNION ALL
SELECT 200 + row_number() OVER (ORDER BY step_number, tier), step_code(step_number, tier),
    'Đất đai trễ ở ' || lower(left(step_title(step_number, tier), 1)) || substr(step_title(step_number, tier), 2), 'land', ''
FROM (SELECT DISTINCT step_number, tier FROM dossier_step)
UNION ALL
SELECT 300 + sort, subset_code || '_used_' || band, title || ', đã dùng ' || lower(band_title), 'time', needs
FROM (VALUES (0, 'resolved', 'Đã giải quyết', ''), (10, 'ineligible', 'Không đủ điều kiện', 'ineligible_returned_at'))
    AS list (sort, subset_code, title, needs)
CROSS JOIN used_band;

-- Land dossiers at a tier, of open ones and those of which no step tells who holds them: unknown if that is all of them.
CREATE MACRO tier_told(dossiers, unheld, open_dossiers) AS CASE WHEN open_dossiers > 0 AND unheld = open_dossiers THEN NULL ELSE dossiers END;
CREATE MACRO is_tier(subset_code) AS subset_code IN ('land_commune', 'land_district', 'land_province');

-- The number of dossiers of each list in every cell of a period; NULL if the files of the cell's dossiers lack a column
-- that the list needs.
CREATE VIEW subset_cell AS
SELECT calendar, period_code, unit_code, field_code, channel, service_level, lacks,
    {{list: [cells] AS [subset_code]}}
FROM service_period
WHERE cut = 'full';

-- The cells of one list in a period.
CREATE MACRO subset_count(wanted_calendar, wanted_period, wanted_subset) AS TABLE
SELECT unit_code, field_code, channel, service_level, lacks, CASE wanted_subset
    {{list: WHEN '[subset_code]' THEN [subset_code]}}
    END AS dossiers
FROM subset_cell
WHERE calendar = wanted_calendar AND period_code = wanted_period AND wanted_subset IN (
    {{list: '[subset_code]'}}
)
UNION ALL
SELECT unit_code, field_code, channel, NULL, '', dossiers
FROM detail_period
WHERE calendar = wanted_calendar AND period_code = wanted_period AND subset_code = wanted_subset;

-- The dossiers of a list, with their state at the end of a period (or today, for the current period). This is the only
-- definition of every list; a test compares it with the counts above. A dossier whose file lacks a needed column is in
-- no list that needs it. The first day and the day of judgement are passed
-- as dates, so that the engine can skip rows outside: a third of the time at 10 M dossiers.
CREATE MACRO listed_dossier(wanted_start, wanted_end, wanted_subset) AS TABLE
-- A unit is judged on its last known day: bound.
WITH bound AS (
    SELECT unit_code, max(day) AS end_on,
        -- As in the cube: the eve is known, the older ones on the first day, and every day since.
        bool_or(day = CAST(wanted_start AS DATE) - 1) AND bool_or(day = CAST(wanted_start AS DATE) AND older_known) AND count(*) > 1
            AND count(*) = date_diff('day', min(day), max(day)) + 1 AS carry_known
    FROM known_day
    WHERE day BETWEEN CAST(wanted_start AS DATE) - 1 AND CAST(wanted_end AS DATE)
    GROUP BY unit_code
),
placed AS (
    SELECT dossier.*, bound.end_on, carry_known, last_day.working_number AS end_number,
        received_on >= CAST(wanted_start AS DATE) AND receipt_known AS is_received,
        coalesce(ended_on <= bound.end_on AND end_known, false) AS is_resolved,
        ended_on IS NULL AND told_on < bound.end_on AS is_unclear,
        received_on < CAST(wanted_start AS DATE) AND (ended_on IS NOT NULL OR told_on >= CAST(wanted_start AS DATE) - 1) AS is_carried,
        waits_on(supplement_requested_on, supplement_completed_on, bound.end_on) AS stands_waiting
    FROM dossier
    JOIN bound ON bound.unit_code = dossier.unit_code
    JOIN calendar_day AS last_day ON last_day.day = bound.end_on
    WHERE is_accepted AND received_on <= CAST(wanted_end AS DATE) AND received_on <= bound.end_on
        AND bound.end_on >= CAST(wanted_start AS DATE)
        AND coalesce(ended_on, DATE '2100-01-01') >= CAST(wanted_start AS DATE)
),
stood AS (SELECT *, coalesce(ended_on, DATE '2100-01-01') > end_on AND NOT is_unclear AS is_open FROM placed),
judged AS (
    SELECT *, is_open AND stands_waiting AS is_waiting,
        is_resolved AND ended_late AS is_resolved_late,
        is_open
            AND late_while_open(stands_waiting, supplement_count, asked_late, late_from, end_on) AS is_open_late
    FROM stood
),
-- Only lists of late steps need the steps.
step AS (
    SELECT dossier_code,
        arg_max(tier, step_number) FILTER (WHERE is_open AND step_open(completed_at, end_on)) AS holder_tier,
        bool_or(step_code(step_number, tier) = wanted_subset
            AND step_late(completed_at, completed_late, dossier_step.late_from, CASE WHEN is_resolved THEN ended_on ELSE end_on END)) AS is_late_step
    FROM dossier_step
    JOIN judged USING (dossier_code)
    WHERE starts_with(wanted_subset, 'land_') AND three_tier AND (is_resolved OR is_open)
        AND CAST(dossier_step.received_at AS DATE) <= CASE WHEN is_resolved THEN ended_on ELSE end_on END
    GROUP BY dossier_code
),
told AS (
    SELECT judged.* EXCLUDE (stands_waiting), holder_tier, coalesce(is_late_step, false) AS is_late_step,
        is_resolved_late OR is_open_late AS is_late,
        CASE WHEN is_resolved_late THEN ended_days_late
            WHEN is_open_late THEN greatest(judge_day.working_number - due_number, 0) ELSE 0 END AS days_late,
        -- Working days until the due date: 0 on the due date, negative after it.
        CASE WHEN is_open THEN due_number - end_number END AS days_left,
        apology_on <= end_on OR (is_resolved AND apology_on IS NOT NULL) AS is_apologised
    FROM judged
    LEFT JOIN step USING (dossier_code)
    JOIN calendar_day AS judge_day ON judge_day.day = judged_on(is_waiting, supplement_requested_on, end_on)
)
SELECT * FROM told
WHERE CASE wanted_subset
    {{list: WHEN '[subset_code]' THEN ([dossiers]) AND [is_known]}}
    ELSE coalesce(is_late AND wanted_subset = 'cause_' || late_cause, false)
        OR is_late_step
        OR coalesce(is_resolved AND wanted_subset = 'resolved_used_' || used_band, false)
        OR coalesce(is_resolved AND is_ineligible AND wanted_subset = 'ineligible_used_' || used_band, false)
END;
