-- Hồ sơ đất đai ba cấp của từng đơn vị tiếp nhận: số hồ sơ, trễ hạn, đang ở cấp nào.
-- returns: code, name, handled, late, late_share, at_commune, at_district, at_province, at_unknown, value, measure, status, low_volume, rank
-- needs: -
WITH counted AS (
    SELECT shown_code AS code, CAST(sum(land) AS BIGINT) AS handled, CAST(sum(land_late) AS BIGINT) AS late,
        CAST(tier_told(sum(land_commune), sum(land_unheld), sum(land_open)) AS BIGINT) AS at_commune,
        CAST(tier_told(sum(land_district), sum(land_unheld), sum(land_open)) AS BIGINT) AS at_district,
        CAST(tier_told(sum(land_province), sum(land_unheld), sum(land_open)) AS BIGINT) AS at_province,
        CAST(sum(land_unheld) AS BIGINT) AS at_unknown
    FROM subset_cell_in($calendar, $period) JOIN shown_members_of($unit) USING (unit_code)
    GROUP BY shown_code HAVING sum(land) > 0
)
SELECT code, unit.name, handled, late, 100 * late / handled AS late_share, at_commune, at_district,
    at_province, at_unknown, late AS value, 'hồ sơ' AS measure,
    CASE WHEN dossiers_whole(code, $calendar, $period, 'full') THEN 'context' ELSE 'partial' END AS status, handled < low_volume AS low_volume,
    row_number() OVER (ORDER BY late DESC, handled, code) AS rank
FROM counted
JOIN current_unit AS unit ON unit.unit_code = code
CROSS JOIN rule
ORDER BY rank
