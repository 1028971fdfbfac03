-- Thiết bị còn thiếu ở Bộ phận Một cửa: loại không còn cái nào dùng được trước, rồi thiếu nhiều trước.
-- returns: unit_name, item_name, required_count, usable_count, short_count, unit_cost, cost, reported_on
SELECT unit.full_name AS unit_name, equipment.name AS item_name, required_count, usable_count, required_count - usable_count AS short_count, unit_cost,
    (required_count - usable_count) * unit_cost AS cost, reported_on
FROM equipment
JOIN members_of($unit) USING (unit_code)
JOIN current_unit AS unit USING (unit_code)
WHERE required_count > usable_count
ORDER BY usable_count > 0, short_count DESC, cost DESC NULLS LAST, name_order, item_name
