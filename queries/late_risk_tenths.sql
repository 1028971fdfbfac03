-- Sắp trễ: thử lại 26 tuần qua, theo từng mười phần trăm khả năng: nêu bao nhiêu, thực tế bao nhiêu.
-- returns: from_percent, dossiers, different_dossiers, late, chance, came_late, miss
SELECT 10 * tenth AS from_percent, CAST(dossiers AS BIGINT) AS dossiers, CAST(different AS BIGINT) AS different_dossiers, CAST(late AS BIGINT) AS late, 100 * chance AS chance,
    100 * late / dossiers AS came_late, miss
FROM late_risk_tenth JOIN rule USING (home_code)
ORDER BY from_percent
