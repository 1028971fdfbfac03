-- A scenario: every component of an index with its value after some moves. moves is JSON:
-- [{"unit": code, "indicator": code, "value": number}]. unit "all" means every commune, indicator "all" every
-- indicator. Without a value, each commune below full points is raised to full points and no commune is lowered; a move
-- with a value takes precedence. The district's value follows its communes, by their share of its denominator or by
-- their counts. A district value without such a share (a score given from outside) stays. Indicators do not affect each
-- other.
CREATE MACRO scenario_component(for_calendar, for_period, for_index, moves) AS TABLE
WITH move AS (
    SELECT told.unit AS unit_code, told.indicator AS indicator_code, told.value AS value
    FROM (SELECT unnest(from_json(moves, '[{"unit":"VARCHAR","indicator":"VARCHAR","value":"DOUBLE"}]')) AS told)
),
base AS (
    SELECT scored_component.*, direction, limit_value, aggregate, measure, coalesce(effort, 1) AS effort
    FROM scored_component_in(for_calendar, for_period) AS scored_component JOIN indicator USING (indicator_code)
    WHERE index_code = for_index AND scope IN (era_scope(for_calendar, for_period), 'district')
),
wished AS (
    -- A URL may contain any number: limit percentages to 100.
    SELECT base.*, (SELECT max(CASE WHEN measure = '%' AND move.value > 100 THEN 100 ELSE move.value END)
            FROM move WHERE move.unit_code = base.unit_code AND move.indicator_code = base.indicator_code) AS own_move,
        base.scope <> 'district' AND value IS NOT NULL AND share < 1 AND EXISTS (SELECT 1 FROM move WHERE move.unit_code IN (base.unit_code, 'all')
            AND move.indicator_code IN (base.indicator_code, 'all') AND move.value IS NULL) AS is_raised
    FROM base
),
moved AS (
    SELECT wished.*, coalesce(own_move, CASE WHEN is_raised THEN full_at END, value) AS own_after FROM wished
),
-- What the moves of the communes add to the district's value.
lift AS (
    SELECT district.component_code,
        sum(CASE WHEN commune.aggregate = 'sum' THEN commune.own_after - coalesce(commune.value, 0)
            WHEN commune.aggregate = 'ratio' THEN (commune.own_after - commune.value) * commune.denominator
                / nullif(district.denominator, 0) END) AS added
    FROM moved AS district
    JOIN moved AS commune ON commune.component_code = district.component_code AND commune.scope <> 'district'
    WHERE district.scope = 'district'
    GROUP BY district.component_code
),
settled AS (
    SELECT moved.* EXCLUDE (own_after, own_move, is_raised),
        -- A value of a part of the whole has no points, before or after, unless a move states it.
        share IS NULL AND own_move IS NULL AS is_part,
        CASE WHEN scope = 'district' AND own_move IS NULL THEN value + coalesce(added, 0) ELSE own_after END AS value_after
    FROM moved
    LEFT JOIN lift ON lift.component_code = moved.component_code AND moved.scope = 'district'
)
SELECT settled.* EXCLUDE (is_part),
    CASE WHEN NOT is_part THEN component_share(direction, value_after, denominator, full_at, limit_value, maximum, decimals, when_none)
        END AS share_after
FROM settled;
