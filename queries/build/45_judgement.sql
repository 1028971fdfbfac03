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
