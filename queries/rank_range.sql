-- Khoảng hạng 90 % của từng đơn vị, và những đơn vị không phân biệt được với nhau.
-- returns: unit_code, name, place, low, high, group_number, group_units, equal_names
SELECT unit_code, current_unit.name, place, low, high, group_number, group_units,
    string_agg(current_unit.name, ', ') OVER (PARTITION BY group_number ORDER BY place, name_order
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW) AS equal_names
FROM rank_range_in($calendar, $period, $scope, CASE WHEN $indicator = '' THEN $group ELSE $indicator END)
JOIN current_unit USING (unit_code)
ORDER BY place, name_order
