-- Điểm và thứ hạng của các xã và của huyện trước và sau một kịch bản, xếp loại và phần còn thiếu đến mức Tốt.
-- returns: unit_code, name, scope, tile_row, tile_col, value, today, after, change, is_better, coverage, place, before_place, class_name, before_class, to_good, status, low_volume, target, measure
WITH summed AS (
    SELECT unit_code, scope,
        100 * sum(maximum * share) / nullif(sum(maximum) FILTER (WHERE share IS NOT NULL), 0) AS known_today,
        100 * sum(maximum * share_after) / nullif(sum(maximum) FILTER (WHERE share_after IS NOT NULL), 0) AS known_after,
        100 * coalesce(sum(maximum) FILTER (WHERE share IS NOT NULL), 0) / sum(maximum) AS before_coverage,
        100 * coalesce(sum(maximum) FILTER (WHERE share_after IS NOT NULL), 0) / sum(maximum) AS coverage
    FROM scenario_component($calendar, $period, $index, $moves)
    GROUP BY unit_code, scope
),
covered AS (
    SELECT summed.*, CASE WHEN before_coverage >= coverage_minimum THEN known_today END AS today,
        CASE WHEN coverage >= coverage_minimum THEN known_after END AS after
    FROM summed CROSS JOIN rule
),
placed AS (
    SELECT covered.*, CASE WHEN scope <> 'district' AND coverage >= coverage_minimum THEN rank() OVER (
            PARTITION BY scope, coverage >= coverage_minimum ORDER BY round(after, rank_decimals) DESC) END AS place,
        CASE WHEN scope <> 'district' AND before_coverage >= coverage_minimum THEN rank() OVER (
            PARTITION BY scope, before_coverage >= coverage_minimum ORDER BY round(today, rank_decimals) DESC) END AS before_place
    FROM covered CROSS JOIN rule
)
SELECT unit_code, current_unit.name, scope, tile_row, tile_col, after AS value, today, after, after - today AS change,
    after > today AS is_better, coverage, place, before_place, class_name($index, after) AS class_name,
    class_name($index, today) AS before_class, CASE WHEN after IS NOT NULL THEN greatest(band_minimum($index, 'good') - after, 0) END AS to_good,
    standing_status($index, after, coverage) AS status, false AS low_volume, band_minimum($index, 'good') AS target, 'điểm' AS measure
FROM placed JOIN current_unit USING (unit_code)
ORDER BY scope = 'district' DESC, place NULLS LAST, after DESC NULLS LAST, name_order
