-- Tỷ lệ trễ hạn của từng đơn vị theo từng lĩnh vực.
-- returns: unit_code, unit_name, unit_sort, indicator_code, short_name, indicator_sort, late, handled, value, measure, status, low_volume
-- needs: -
WITH counted AS (
    SELECT shown_code AS unit_code, field_code, sum(handled) AS handled, sum(late) AS late
    FROM subset_cell_in($calendar, $period) JOIN shown_members_of($unit) USING (unit_code)
    WHERE is_chosen($channel, channel)
    GROUP BY shown_code, field_code HAVING sum(handled) > 0
),
-- The fields with most late dossiers in the chosen unit.
field_rank AS (
    SELECT field_code, row_number() OVER (ORDER BY sum(late) DESC, sum(handled) DESC, field_code) AS indicator_sort
    FROM counted GROUP BY field_code
),
unit_rank AS (
    SELECT unit_code, row_number() OVER (ORDER BY sum(late) DESC, sum(handled) DESC, unit_code) AS unit_sort
    FROM counted GROUP BY unit_code
)
SELECT unit_rank.unit_code, unit.name AS unit_name, unit_sort, field_rank.field_code AS indicator_code, field.short_name,
    indicator_sort, CAST(coalesce(late, 0) AS BIGINT) AS late, CAST(coalesce(handled, 0) AS BIGINT) AS handled,
    100 * late / nullif(handled, 0) AS value, '%' AS measure,
    CASE WHEN handled IS NULL THEN 'missing' WHEN NOT dossiers_whole(unit_rank.unit_code, $calendar, $period, 'full') THEN 'partial'
        ELSE late_status(100 * late / handled, goal.target, goal.alert) END AS status,
    coalesce(handled < low_volume, false) AS low_volume
FROM unit_rank
CROSS JOIN field_rank
LEFT JOIN counted ON counted.unit_code = unit_rank.unit_code AND counted.field_code = field_rank.field_code
JOIN current_unit AS unit
    ON unit.unit_code = unit_rank.unit_code
JOIN field ON field.field_code = field_rank.field_code
CROSS JOIN rule
CROSS JOIN on_time_target($calendar, $period) AS goal
WHERE indicator_sort <= 10
ORDER BY unit_sort, indicator_sort
