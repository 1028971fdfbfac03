-- Bao nhiêu Tổ công nghệ số cộng đồng, bao nhiêu tổ chưa ai tập huấn hoặc chưa rõ, bao nhiêu thành viên đã tập huấn; xã nào chưa kê.
-- returns: units, told_units, silent_names, further_units, teams, untrained_teams, unclear_teams, trained, members
WITH told AS (
    SELECT unit_code, unit.name, name_order, team.unit_code IS NOT NULL AS is_told, members > 0 AS is_team, members, trained
    FROM reporting_unit($unit, false) AS unit
    LEFT JOIN community_team AS team USING (unit_code)
),
named AS (SELECT DISTINCT unit_code, name, name_order, is_told FROM told),
counted AS (
    SELECT count(*) AS units, count(*) FILTER (WHERE is_told) AS told_units,
        first_names(list(name ORDER BY name_order) FILTER (WHERE NOT is_told)) AS silent_names,
        further_names(list(name) FILTER (WHERE NOT is_told)) AS further_units
    FROM named
)
SELECT counted.*, count(*) FILTER (WHERE is_team) AS teams, count(*) FILTER (WHERE is_team AND trained = 0) AS untrained_teams,
    count(*) FILTER (WHERE is_team AND trained IS NULL) AS unclear_teams,
    -- Of the teams of which both are known.
    CAST(coalesce(sum(trained) FILTER (WHERE is_team), 0) AS BIGINT) AS trained,
    CAST(coalesce(sum(members) FILTER (WHERE is_team AND trained IS NOT NULL), 0) AS BIGINT) AS members
FROM counted LEFT JOIN told ON true
GROUP BY ALL
