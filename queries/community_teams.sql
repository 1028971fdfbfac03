-- Tổ công nghệ số cộng đồng chưa được tập huấn đủ: tổ chưa ai tập huấn trước, rồi tổ chưa rõ, rồi tổ còn nhiều người chưa tập huấn.
-- returns: unit_name, village, members, trained, untrained, trained_on, state_name, reported_on
SELECT unit.full_name AS unit_name, village, members, trained, members - trained AS untrained, trained_on,
    CASE WHEN trained = 0 THEN '✗ Chưa ai tập huấn' WHEN trained IS NULL THEN '? Chưa rõ' ELSE '≈ Chưa đủ' END AS state_name, reported_on
FROM community_team
JOIN members_of($unit) USING (unit_code)
JOIN current_unit AS unit USING (unit_code)
WHERE members > 0 AND (trained IS NULL OR trained < members)
ORDER BY CASE WHEN trained = 0 THEN 0 WHEN trained IS NULL THEN 1 ELSE 2 END, members - coalesce(trained, 0) DESC, name_order, village
