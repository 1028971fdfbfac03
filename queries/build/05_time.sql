-- The rule of time: how an end is compared with a due date. This is the only definition, for the snapshot and the checks.
-- Moments are compared. A due date without an hour is the end of that day, an end without an hour its beginning, and an
-- open dossier is judged at the end of the judged day. by_day: whole days are compared instead (setting time_rule).

-- A time of 00:00:00 means a date without a time.
CREATE MACRO is_date_only(moment) AS moment = CAST(CAST(moment AS DATE) AS TIMESTAMP);

-- Whether a due date is the end of its day: it has no hour, or the last minute of the day, as some systems write it.
CREATE MACRO is_day_end(due_at) AS is_date_only(due_at) OR (hour(due_at) = 23 AND minute(due_at) = 59);

-- Whether something happened after it was due.
CREATE MACRO is_after_due(happened_at, due_at, by_day) AS CASE
    WHEN by_day OR is_day_end(due_at) THEN CAST(happened_at AS DATE) > CAST(due_at AS DATE)
    ELSE happened_at > due_at
END;

-- The first day at whose end it is late if it is still open.
CREATE MACRO late_from(due_at, by_day) AS
    CAST(due_at AS DATE) + CASE WHEN by_day OR is_day_end(due_at) THEN 1 ELSE 0 END;

-- An end minus the time that the citizen needed to supplement the dossier. If one of the three moments has no hour, or
-- whole days are compared, that time is whole days. Nobody waits longer than until the end.
CREATE MACRO end_without_wait(ended_at, requested_at, completed_at, by_day) AS CASE
    WHEN NOT coalesce(completed_at >= requested_at AND requested_at < ended_at, false) THEN ended_at
    WHEN by_day OR is_date_only(ended_at) OR is_date_only(requested_at) OR is_date_only(completed_at)
        THEN ended_at - (CAST(CAST(least(completed_at, ended_at) AS DATE) AS TIMESTAMP) - CAST(CAST(requested_at AS DATE) AS TIMESTAMP))
    ELSE ended_at - (least(completed_at, ended_at) - requested_at)
END;
