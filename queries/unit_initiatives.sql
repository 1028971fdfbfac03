-- Mô hình thí điểm và nhiệm vụ của một đơn vị.
-- returns: initiative_code, kind_name, name, owner, start_on, due_on, completed_on, percent, state_name, outcome
SELECT initiative_code, CASE kind WHEN 'pilot' THEN 'Thí điểm' WHEN 'task' THEN 'Nhiệm vụ' ELSE 'Kiến nghị' END AS kind_name,
    name, owner, start_on, due_on, completed_on, percent,
    state_title(initiative_state(completed_on, due_on, percent, as_of)) AS state_name, outcome
FROM initiative CROSS JOIN as_of_date
WHERE unit_code = $unit
ORDER BY kind, start_on, initiative_code
