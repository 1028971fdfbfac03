-- Mô hình thí điểm và nhiệm vụ của một đơn vị.
-- returns: initiative_code, kind_name, name, owner, start_on, due_on, completed_on, percent, state_name, outcome
SELECT initiative_code, CASE kind WHEN 'pilot' THEN 'Thí điểm' ELSE 'Nhiệm vụ' END AS kind_name, name, owner, start_on,
    due_on, completed_on, percent,
    CASE WHEN completed_on IS NOT NULL AND completed_on > due_on THEN 'Xong, trễ hạn'
        WHEN completed_on IS NOT NULL OR percent >= 100 THEN 'Đã xong'
        WHEN due_on < as_of THEN 'Quá hạn' ELSE 'Đang làm' END AS state_name,
    outcome
FROM initiative CROSS JOIN as_of_date
WHERE unit_code = $unit
ORDER BY kind, start_on, initiative_code
