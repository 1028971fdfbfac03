-- Các sự kiện đã ghi: khi nào, ở đâu, chỉ tiêu nào, mức thường có tính lại không.
-- returns: event_code, from_on, to_on, unit_name, indicator_name, event_name, splits, source
SELECT event_code, from_on, to_on, coalesce(unit.full_name, event.unit_code, 'Mọi đơn vị') AS unit_name,
    coalesce(indicator.name, event.indicator_code, 'Mọi chỉ tiêu') AS indicator_name, event.name AS event_name, splits, event.source
FROM event
LEFT JOIN renamed_unit ON own_code = event.unit_code AND from_on BETWEEN valid_from AND valid_to
LEFT JOIN unit ON unit.unit_code = coalesce(renamed_unit.unit_code, event.unit_code)
LEFT JOIN indicator ON indicator.indicator_code = event.indicator_code
ORDER BY from_on DESC, event_code
