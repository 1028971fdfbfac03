-- Thời gian giải quyết (ngày làm việc) theo lĩnh vực, bên cạnh thời hạn quy định.
-- returns: field_code, name, dossiers, median_days, p90_days, statutory_days, over_share
-- needs: -
WITH cell AS (
    SELECT field_code, statutory_days, ended_working_days, dossiers
    FROM duration_period_in($calendar, $period) JOIN members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
),
-- Cumulative counts of dossiers by duration and by allowed time; quantiles are computed from these.
taken AS (
    SELECT field_code, ended_working_days AS days, sum(sum(dossiers)) OVER (PARTITION BY field_code ORDER BY ended_working_days) AS up_to,
        sum(sum(dossiers)) OVER (PARTITION BY field_code) AS total
    FROM cell GROUP BY field_code, ended_working_days
),
allowed AS (
    SELECT field_code, statutory_days AS days, sum(sum(dossiers)) OVER (PARTITION BY field_code ORDER BY statutory_days) AS up_to,
        sum(sum(dossiers)) OVER (PARTITION BY field_code) AS total
    FROM cell GROUP BY field_code, statutory_days
),
taken_quantile AS (
    SELECT field_code, any_value(total) AS total,
        between_ranks(min(days) FILTER (WHERE up_to > floor(0.5 * (total - 1))), min(days) FILTER (WHERE up_to > ceil(0.5 * (total - 1))),
            any_value(0.5 * (total - 1))) AS median_days,
        between_ranks(min(days) FILTER (WHERE up_to > floor(0.9 * (total - 1))), min(days) FILTER (WHERE up_to > ceil(0.9 * (total - 1))),
            any_value(0.9 * (total - 1))) AS p90_days
    FROM taken GROUP BY field_code
),
allowed_quantile AS (
    SELECT field_code,
        between_ranks(min(days) FILTER (WHERE up_to > floor(0.5 * (total - 1))), min(days) FILTER (WHERE up_to > ceil(0.5 * (total - 1))),
            any_value(0.5 * (total - 1))) AS statutory_days
    FROM allowed GROUP BY field_code
),
over AS (
    SELECT field_code, 100 * coalesce(sum(dossiers) FILTER (WHERE ended_working_days > statutory_days), 0) / sum(dossiers) AS over_share
    FROM cell GROUP BY field_code
)
SELECT field_code, field.short_name AS name, CAST(total AS BIGINT) AS dossiers, median_days, p90_days, allowed_quantile.statutory_days,
    over_share
FROM taken_quantile
JOIN allowed_quantile USING (field_code)
JOIN over USING (field_code)
JOIN field USING (field_code)
ORDER BY over_share DESC, dossiers DESC, field_code
