-- Cán bộ có nhiều hồ sơ trễ hạn chưa ghi nguyên nhân, theo đơn vị; không nêu tên, không nêu mã (mã ở officer_list).
-- returns: code, name, officers, over_threshold, worst, value, measure, status, low_volume, rank
-- needs: officer_code late_cause
WITH counted AS (
    SELECT shown_code AS unit_code, officer_code, CAST(sum(unexplained) AS BIGINT) AS unexplained
    FROM officer_period_in($calendar, $period) JOIN shown_members_of($unit) USING (unit_code)
    WHERE is_chosen($field, field_code) AND is_chosen($channel, channel)
    -- An officer code is unique only within a unit.
    GROUP BY shown_code, unit_code, officer_code HAVING sum(unexplained) > 0
)
SELECT counted.unit_code AS code, unit.name, count(*) AS officers,
    count(*) FILTER (WHERE unexplained >= CAST($threshold AS INTEGER)) AS over_threshold, max(unexplained) AS worst,
    count(*) FILTER (WHERE unexplained >= CAST($threshold AS INTEGER)) AS value, 'cán bộ' AS measure, 'context' AS status,
    false AS low_volume,
    row_number() OVER (ORDER BY count(*) FILTER (WHERE unexplained >= CAST($threshold AS INTEGER)) DESC,
        max(unexplained) DESC, counted.unit_code) AS rank
FROM counted JOIN current_unit AS unit ON unit.unit_code = counted.unit_code
GROUP BY counted.unit_code, unit.name
ORDER BY rank
