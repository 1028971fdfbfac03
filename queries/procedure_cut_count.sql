-- Các kiến nghị đã được chấp thuận bớt bao nhiêu ngày, bao nhiêu tiền trong kỳ; các kiến nghị đang chờ sẽ bớt bao nhiêu.
-- returns: granted, granted_days, granted_cost, waiting, waiting_days, waiting_cost, unclear_cuts, unmeasured
WITH cut AS (FROM procedure_cut_in($calendar, $period, $unit, $plan))
SELECT count(*) FILTER (WHERE is_granted) AS granted, coalesce(exact_sum(CASE WHEN is_granted THEN saved_days END), 0) AS granted_days,
    coalesce(exact_sum(CASE WHEN is_granted THEN saved_cost END), 0) AS granted_cost, count(*) FILTER (WHERE NOT is_granted) AS waiting,
    coalesce(exact_sum(CASE WHEN NOT is_granted THEN saved_days END), 0) AS waiting_days,
    coalesce(exact_sum(CASE WHEN NOT is_granted THEN saved_cost END), 0) AS waiting_cost, count(*) FILTER (WHERE received IS NULL) AS unclear_cuts,
    (SELECT count(*) FROM initiative_of('proposal', $plan) WHERE days_saved IS NULL AND cost_saved IS NULL) AS unmeasured
FROM cut
