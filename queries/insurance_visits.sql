-- Khám chữa bệnh bảo hiểm y tế bằng căn cước của từng xã: cơ sở, lượt khám; tỷ lệ lượt khám thấp trước.
-- returns: unit_name, facilities, ready_facilities, visits, card_visits, card_share, known, expected
WITH told AS (
    SELECT unit_code, max(CASE WHEN indicator_code = 'S22' THEN denominator END) AS facilities,
        max(CASE WHEN indicator_code = 'S22' THEN numerator END) AS ready_facilities, max(CASE WHEN indicator_code = 'S23' THEN denominator END) AS visits,
        max(CASE WHEN indicator_code = 'S23' THEN numerator END) AS card_visits, max(CASE WHEN indicator_code = 'S23' THEN value END) AS card_share,
        max(CASE WHEN indicator_code = 'S23' THEN known_months END) AS known, max(CASE WHEN indicator_code = 'S23' THEN all_months END) AS expected
    FROM progress_in($calendar, $period)
    WHERE scope = era_scope($calendar, $period) AND indicator_code IN ('S22', 'S23')
    GROUP BY unit_code
)
SELECT unit.full_name AS unit_name, facilities, ready_facilities, visits, card_visits, card_share, known, expected
FROM told JOIN current_unit AS unit USING (unit_code)
WHERE coalesce(facilities, card_share) IS NOT NULL
ORDER BY card_share NULLS LAST, facilities - ready_facilities DESC NULLS LAST, name_order
