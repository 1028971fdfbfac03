-- How a dossier that is not finished is judged on a day: its one definition, for the stock of a month's end and for
-- every list of dossiers.

-- Whether it waits for its citizen on that day.
CREATE MACRO waits_on(requested_on, completed_on, day) AS
    coalesce(requested_on <= day AND (completed_on IS NULL OR completed_on > day), false);

-- The day by which its lateness is judged: while it waits it stands still at the request (QĐ 766, 2.1, rule 3).
CREATE MACRO judged_on(is_waiting, requested_on, day) AS CASE WHEN is_waiting THEN requested_on ELSE day END;

-- Whether it is late then; asked to supplement more than once counts as late.
CREATE MACRO late_while_open(is_waiting, supplement_count, requested_on, due_on, day) AS
    CASE WHEN is_waiting THEN supplement_count > 1 OR requested_on > due_on ELSE day > due_on END;

-- Whether a step of a dossier is late on that day: finished after its time, or not finished though its time is past.
CREATE MACRO step_open(completed_at, day) AS completed_at IS NULL OR CAST(completed_at AS DATE) > day;
CREATE MACRO step_late(completed_at, due_at, day) AS
    CASE WHEN step_open(completed_at, day) THEN day > CAST(due_at AS DATE) ELSE completed_at > due_at END;

-- A step as a list of dossiers is named by it, and as it is said.
CREATE MACRO step_code(step_number, tier) AS 'land_step_late_' || step_number || '_' || tier;
CREATE MACRO step_title(step_number, tier) AS 'Bước ' || step_number || ': '
    || CASE tier WHEN 'commune' THEN 'cấp xã' WHEN 'district' THEN 'cấp huyện' ELSE 'VPĐK đất đai tỉnh' END;

-- A share of late dossiers against the on-time target and its alert, both in percent on time.
CREATE MACRO late_status(share, target, alert) AS
    CASE WHEN share <= 100 - target THEN 'met' WHEN share <= 100 - alert THEN 'near' ELSE 'missed' END;
