-- Hồ sơ đất đai trễ hạn trong kỳ gồm những gì: cả lĩnh vực, ba cấp, và ở nơi tiếp nhận có nhiều nhất.
-- returns: field_late, three_tier_late, other_late, office_name, office_late, office_three_tier, office_other
-- needs: -
WITH counted AS (
    SELECT shown_code, sum(resolved_late + open_late) AS late, sum(resolved_land_late + open_land_late) AS three_tier
    FROM service_period_in($calendar, $period) JOIN shown_members_of($unit) USING (unit_code)
    -- The fields of land: those with a procedure of three tiers.
    WHERE field_code IN (SELECT field_code FROM procedure WHERE three_tier)
    GROUP BY shown_code
),
office AS (
    SELECT current_unit.name, late, three_tier
    FROM counted JOIN current_unit ON current_unit.unit_code = shown_code
    WHERE late > 0
    QUALIFY row_number() OVER (ORDER BY late DESC, shown_code) = 1
),
summed AS (SELECT CAST(sum(late) AS BIGINT) AS late, CAST(sum(three_tier) AS BIGINT) AS three_tier FROM counted)
SELECT summed.late AS field_late, summed.three_tier AS three_tier_late, summed.late - summed.three_tier AS other_late,
    office.name AS office_name, CAST(office.late AS BIGINT) AS office_late, CAST(office.three_tier AS BIGINT) AS office_three_tier,
    CAST(office.late - office.three_tier AS BIGINT) AS office_other
FROM summed LEFT JOIN office ON office.late < summed.late
WHERE summed.late > 0
