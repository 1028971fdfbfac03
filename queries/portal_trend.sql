-- Tổng điểm 766 mà Cổng công bố cho một đơn vị qua các kỳ cùng loại, bên cạnh điểm tính từ hồ sơ (thang 100).
-- returns: period_code, period_title, value, target, status, low_volume, reference, is_partial, measure
SELECT period.period_code, period.short_title AS period_title, official.points AS value, band_minimum('service', 'good') AS target,
    standing_status('service', 100 * official.points / nullif(official.maximum, 0), CASE WHEN official.points IS NULL THEN 0 ELSE 100 END) AS status, false AS low_volume,
    own.score AS reference, coalesce(official.is_provisional, false) OR period.is_partial AS is_partial, 'điểm' AS measure
FROM period
LEFT JOIN portal_score AS official ON official.period = period.period_code AND official.unit_code = $unit
    AND official.portal_group = 'total'
LEFT JOIN simulated_score AS own ON own.calendar = period.calendar AND own.period_code = period.period_code AND own.cut = 'full'
    AND own.unit_code = $unit AND own.index_code = 'service' AND own.criterion_code = 'total'
WHERE period.calendar = 'solar' AND period.kind = $kind
    -- A line of nothing but points computed here is not the portal's.
    AND EXISTS (SELECT 1 FROM portal_score JOIN period AS other ON other.period_code = portal_score.period
        WHERE other.calendar = 'solar' AND other.kind = $kind AND portal_score.unit_code = $unit
            AND portal_score.portal_group = 'total' AND points IS NOT NULL)
ORDER BY period.last_month
