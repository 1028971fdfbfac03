-- Điểm ước tính của một đơn vị qua các kỳ cùng loại, theo bộ chỉ số hoặc một nhóm, bên cạnh toàn huyện và mức Tốt.
-- returns: period_code, period_title, value, target, status, low_volume, reference, is_partial, measure
SELECT period.period_code, period.short_title AS period_title, own.score AS value, band_minimum($index, 'good') AS target,
    standing_status($index, own.score, own.coverage) AS status, false AS low_volume,
    CASE WHEN $unit <> home_code THEN district.score END AS reference, period.is_partial, 'điểm' AS measure
FROM period
CROSS JOIN rule
JOIN simulated_score AS own ON own.calendar = period.calendar AND own.period_code = period.period_code AND own.cut = 'full'
    AND own.unit_code = $unit AND own.index_code = $index AND own.criterion_code = $criterion
LEFT JOIN simulated_score AS district ON district.calendar = own.calendar AND district.period_code = own.period_code
    AND district.cut = 'full' AND district.unit_code = home_code AND district.index_code = own.index_code
    AND district.criterion_code = own.criterion_code
WHERE period.calendar = $calendar AND period.kind = $kind
ORDER BY period.last_month
