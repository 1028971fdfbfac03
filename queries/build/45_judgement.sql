-- How an open dossier is judged on a given day. This is the only definition, used for the stock at the end of a month
-- and for every list of dossiers.

-- Whether the dossier waits for the citizen on that day.
CREATE MACRO waits_on(requested_on, completed_on, day) AS
    coalesce(requested_on <= day AND (completed_on IS NULL OR completed_on > day), false);

-- The day used to judge lateness: while the dossier waits, the day of the request (QĐ 766, 2.1, rule 3).
CREATE MACRO judged_on(is_waiting, requested_on, day) AS CASE WHEN is_waiting THEN requested_on ELSE day END;

-- Whether an open dossier is late at the end of that day; more than one request to supplement also counts as late.
CREATE MACRO late_while_open(is_waiting, supplement_count, asked_late, late_from, day) AS
    CASE WHEN is_waiting THEN coalesce(supplement_count > 1, false) OR coalesce(asked_late, false) ELSE day >= late_from END;

-- Whether a step is open on that day, and whether it is late by the rule of time: finished after it was due, or still open.
CREATE MACRO step_open(completed_at, day) AS completed_at IS NULL OR CAST(completed_at AS DATE) > day;
CREATE MACRO step_late(completed_at, completed_late, late_from, day) AS
    CASE WHEN step_open(completed_at, day) THEN day >= late_from ELSE completed_late END;

-- The code of the list of dossiers late at a step, and the step's title.
CREATE MACRO step_code(step_number, tier) AS ('land_step_late_' || step_number || '_' || tier);
CREATE MACRO step_title(step_number, tier) AS ('Bước ' || step_number || ': '
    || CASE tier WHEN 'commune' THEN 'cấp xã' WHEN 'district' THEN 'cấp huyện' ELSE 'VPĐK đất đai tỉnh' END);

-- The status of a share of late dossiers; target and alert are percentages on time.
CREATE MACRO late_status(share, target, alert) AS
    CASE WHEN share <= 100 - target THEN 'met' WHEN share <= 100 - alert THEN 'near' ELSE 'missed' END;

-- The share of an indicator's points that a value earns, 0 to 1: up relative to the target, down relative to the limit;
-- NULL if unknown (tested first, because least and greatest ignore NULL).
CREATE MACRO earned_share(direction, value, target, limit_value) AS CASE
    WHEN value IS NULL THEN NULL
    WHEN direction = 'up' AND target > 0 THEN greatest(0, least(value / target, 1))
    WHEN direction = 'down' AND limit_value > 0 THEN greatest(0, 1 - value / limit_value)
END;

-- The share of a component's points, 0 to 1. Where the rule rounds (decimals), the rate is rounded, then its points; where
-- there is nothing to count, when_none is the rule's share, or it is unknown.
CREATE MACRO component_share(direction, value, denominator, full_at, limit_value, maximum, decimals, when_none) AS CASE
    WHEN value IS NULL THEN CASE WHEN denominator = 0 THEN when_none END
    WHEN decimals IS NULL OR maximum = 0 OR direction <> 'up' THEN earned_share(direction, value, full_at, limit_value)
    WHEN full_at > 0 THEN
        rounded(greatest(0, least(maximum, rounded(value, decimals) * maximum / full_at)), decimals) / maximum
END;

-- The status where there is no score, by how much is known.
CREATE MACRO lacking_status(known) AS CASE WHEN known > 0 THEN 'partial' ELSE 'missing' END;

-- The status for a share of earned points; of a value of a part only, there is none.
CREATE MACRO share_status(share, near_ratio, is_whole) AS CASE WHEN NOT is_whole THEN 'partial' WHEN share IS NULL THEN 'missing' WHEN share >= 1 THEN 'met'
    WHEN share >= near_ratio THEN 'near' ELSE 'missed' END;

-- The state of a pilot, task or proposal on a day, and its title.
CREATE MACRO initiative_state(completed_on, due_on, percent, day) AS CASE
    WHEN completed_on > due_on THEN 'done_late'
    WHEN completed_on IS NOT NULL THEN 'done'
    WHEN percent >= 100 THEN 'done_undated'
    WHEN due_on < day THEN 'overdue'
    ELSE 'running'
END;
CREATE MACRO state_title(state) AS CASE state WHEN 'done_late' THEN '≈ Xong, trễ hạn' WHEN 'done' THEN '✓ Đã xong' WHEN 'done_undated' THEN '✓ Đã xong, chưa ghi ngày'
    WHEN 'overdue' THEN '✗ Quá hạn' ELSE '• Đang làm' END;

-- The lower limit of each class, in percent of the maximum. The overall score has no class table: it is Tốt from the
-- settings' target score and Khá from the alert score.
CREATE VIEW class_limit AS
SELECT index_code, class_code, minimum FROM class_band
UNION ALL SELECT 'all', 'good', score_target FROM rule
UNION ALL SELECT 'all', 'fair', score_alert FROM rule;

-- The lower limit of a class; the class of a percentage of the maximum; the status of that percentage.
CREATE MACRO band_minimum(wanted_index, wanted_class) AS (
    SELECT max(minimum) FROM class_limit WHERE index_code = wanted_index AND class_code = wanted_class);
CREATE MACRO class_name(wanted_index, percent) AS CASE
    WHEN percent IS NULL THEN NULL
    WHEN wanted_index <> 'all' THEN (
        SELECT max_by(name, minimum) FROM class_band WHERE index_code = wanted_index AND minimum <= percent)
    WHEN percent >= band_minimum('all', 'good') THEN 'Tốt'
    WHEN percent >= band_minimum('all', 'fair') THEN 'Khá'
    ELSE 'Dưới Khá' END;
CREATE MACRO class_status(wanted_index, percent) AS CASE
    WHEN percent IS NULL THEN 'missing' WHEN percent >= band_minimum(wanted_index, 'good') THEN 'met'
    WHEN percent >= band_minimum(wanted_index, 'fair') THEN 'near' ELSE 'missed' END;
-- The status of an index's score, of which less than the whole may be known.
CREATE MACRO standing_status(wanted_index, percent, coverage) AS CASE
    WHEN percent IS NULL THEN lacking_status(coverage) ELSE class_status(wanted_index, percent) END;
-- Whether a rule is confirmed, in words.
CREATE MACRO confirmation(status) AS CASE status WHEN 'confirmed' THEN 'Có nguồn' WHEN 'unverified' THEN 'Chưa đối chiếu'
    ELSE 'Đề xuất' END;
