-- Thứ hạng đổi ra sao khi trọng số các tiêu chí thay đổi ngẫu nhiên trong một khoảng: 1.000 lần thử có hạt giống cố định.
-- returns: unit_code, name, place, low, high, likely, first_share, moved_share, measure
WITH scored AS (
    SELECT district_code, criterion_code, score / nullif(maximum, 0) AS share, maximum
    FROM index_score
    WHERE index_code = $index AND year = $year AND criterion_code <> 'total' AND score IS NOT NULL
),
draw AS (
    -- The first eight hexadecimal digits of an MD5 hash as a number from 0 to 1: the same on every machine and version.
    SELECT number, criterion_code, CAST('0x' || left(md5(number || ':' || criterion_code), 8) AS UBIGINT) / 4294967295 AS luck
    FROM range(1, 1001) AS tries (number)
    CROSS JOIN (SELECT DISTINCT criterion_code FROM scored)
),
tried AS (
    SELECT number, district_code,
        sum(maximum * (1 + $spread / 100 * (2 * luck - 1)) * share)
            / sum(maximum * (1 + $spread / 100 * (2 * luck - 1))) AS score
    FROM scored JOIN draw USING (criterion_code)
    GROUP BY number, district_code
),
placed AS (
    SELECT tried.*, rank() OVER (PARTITION BY number ORDER BY round(100 * score, rank_decimals) DESC) AS place
    FROM tried CROSS JOIN rule
)
SELECT placed.district_code AS unit_code, current_unit.name, any_value(standing.place) AS place,
    quantile_disc(placed.place, 0.05) AS low, quantile_disc(placed.place, 0.95) AS high, mode(placed.place) AS likely,
    100 * avg(CASE WHEN placed.place = 1 THEN 1 ELSE 0 END) AS first_share,
    100 * avg(CASE WHEN placed.place <> standing.place THEN 1 ELSE 0 END) AS moved_share,
    '%' AS measure
FROM placed
JOIN current_unit ON current_unit.unit_code = placed.district_code
JOIN index_total AS standing ON standing.district_code = placed.district_code AND standing.index_code = $index
    AND standing.year = $year
GROUP BY placed.district_code, current_unit.name, name_order
ORDER BY place NULLS LAST, name_order
