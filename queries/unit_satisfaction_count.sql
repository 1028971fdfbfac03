-- Bao nhiêu phiếu đánh giá, hài lòng bao nhiêu; bao nhiêu đơn vị có phiếu, bao nhiêu đơn vị ít phiếu.
-- returns: rated, satisfied, value, units, told_units, few_units, low_volume
-- needs: rating
SELECT CAST(coalesce(sum(rated), 0) AS BIGINT) AS rated, CAST(coalesce(sum(satisfied), 0) AS BIGINT) AS satisfied,
    100 * sum(satisfied) / nullif(sum(rated), 0) AS value, count(*) AS units, count(*) FILTER (WHERE rated > 0) AS told_units,
    count(*) FILTER (WHERE rated > 0 AND rated < low_volume) AS few_units, any_value(low_volume) AS low_volume
FROM rated_unit($calendar, $period, $unit) CROSS JOIN rule
