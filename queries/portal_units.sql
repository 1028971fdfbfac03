-- Tổng điểm 766 mà Cổng công bố cho các xã trong kỳ: điểm, hạng của Cổng, và điểm tính từ hồ sơ.
-- returns: unit_code, name, value, maximum, rank, ranked_units, is_provisional, computed, known_maximum, computed_maximum, difference, target, status, low_volume, measure
SELECT official.unit_code, current_unit.name, official.points AS value, official.maximum, official.rank, official.ranked_units,
    official.is_provisional OR chosen.is_partial AS is_provisional, own.points AS computed, own.known_maximum,
    own.maximum AS computed_maximum,
    CASE WHEN own.known_maximum = own.maximum AND official.maximum = own.maximum THEN official.points - own.points END AS difference,
    band_minimum('service', 'good') AS target,
    standing_status('service', 100 * official.points / nullif(official.maximum, 0), 100) AS status, false AS low_volume, 'điểm' AS measure
FROM portal_score AS official
JOIN chosen_period('solar', $period) AS chosen ON true
JOIN current_unit ON current_unit.unit_code = official.unit_code
LEFT JOIN simulated_score_in('solar', $period) AS own ON own.unit_code = official.unit_code AND own.index_code = 'service'
    AND own.criterion_code = 'total'
WHERE official.period = $period AND official.portal_group = 'total' AND official.points IS NOT NULL
    AND official.unit_code IN (SELECT unit_code FROM scope_unit WHERE scope = $scope)
ORDER BY official.points DESC, name_order
