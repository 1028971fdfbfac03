-- Người phụ trách công nghệ thông tin của từng xã: vị trí được giao, đã có người, được bồi dưỡng; còn trống nhiều trước.
-- returns: unit_name, positions, filled, vacant, schooled, unschooled
WITH told AS (
    SELECT unit_code, max(CASE WHEN indicator_code = 'S20' THEN denominator END) AS positions,
        max(CASE WHEN indicator_code = 'S20' THEN numerator END) AS filled, max(CASE WHEN indicator_code = 'S21' THEN numerator END) AS schooled,
        max(CASE WHEN indicator_code = 'S21' THEN denominator - numerator END) AS unschooled
    FROM progress_in($calendar, $period)
    WHERE scope = era_scope($calendar, $period) AND indicator_code IN ('S20', 'S21')
    GROUP BY unit_code
)
SELECT unit.full_name AS unit_name, positions, filled, positions - filled AS vacant, schooled, unschooled
FROM told JOIN current_unit AS unit USING (unit_code)
WHERE coalesce(positions, schooled) IS NOT NULL
ORDER BY vacant DESC NULLS LAST, unschooled DESC NULLS LAST, name_order
