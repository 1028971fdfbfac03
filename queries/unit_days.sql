-- Số liệu hồ sơ của các đơn vị đến ngày nào: mỗi ngày một dòng, mới nhất trước; đơn vị chưa có tệp nào ở cuối.
-- returns: known_to, units, unit_names, further_units, all_units
WITH told AS (
    SELECT known_to, unit.name, unit.unit_code
    FROM members_of((SELECT home_code FROM rule))
    JOIN unit USING (unit_code)
    CROSS JOIN as_of_date
    LEFT JOIN unit_known USING (unit_code)
    -- An office that never filed anything is not expected to.
    WHERE valid_from <= as_of AND coalesce(valid_to, DATE '2100-01-01') >= as_of AND (unit.kind = 'commune' OR known_to IS NOT NULL)
)
SELECT known_to, count(*) AS units, first_names(list(name ORDER BY icu_sort_key(name, 'vi'), unit_code)) AS unit_names,
    further_names(list(name)) AS further_units, CAST(sum(count(*)) OVER () AS BIGINT) AS all_units
FROM told
GROUP BY known_to
ORDER BY known_to DESC NULLS LAST
