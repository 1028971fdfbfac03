-- What if: every component of an index with the value it would have after some moves, as JSON
-- [{"unit": code, "indicator": code, "value": number}]. unit "all" stands for every commune and indicator "all" for every
-- indicator. Without a value whoever is short of full points comes up to them, and nobody down; a value outranks
-- that. The district follows its communes: by the share of its denominator that is theirs, or by their number of things.
-- What has no such share (a score given from outside) stays. Every indicator moves alone.
CREATE MACRO scenario_component(for_calendar, for_period, for_index, moves) AS TABLE
WITH move AS (
    SELECT told.unit AS unit_code, told.indicator AS indicator_code, told.value AS value
    FROM (SELECT unnest(from_json(moves, '[{"unit":"VARCHAR","indicator":"VARCHAR","value":"DOUBLE"}]')) AS told)
),
base AS (
    SELECT scored_component.*, direction, limit_value, aggregate, measure, coalesce(effort, 1) AS effort
    FROM scored_component_in(for_calendar, for_period) AS scored_component JOIN indicator USING (indicator_code)
    WHERE index_code = for_index AND scope IN ('commune', 'district')
),
wished AS (
    -- A link can say anything: no share goes past all of it.
    SELECT base.*, (SELECT max(CASE WHEN measure = '%' AND move.value > 100 THEN 100 ELSE move.value END)
            FROM move WHERE move.unit_code = base.unit_code AND move.indicator_code = base.indicator_code) AS own_move,
        base.scope = 'commune' AND share < 1 AND EXISTS (SELECT 1 FROM move WHERE move.unit_code IN (base.unit_code, 'all')
            AND move.indicator_code IN (base.indicator_code, 'all') AND move.value IS NULL) AS is_raised
    FROM base
),
moved AS (
    SELECT wished.*, coalesce(own_move, CASE WHEN is_raised THEN full_at END, value) AS own_after FROM wished
),
-- What the communes' moves add to the district's value.
lift AS (
    SELECT district.component_code,
        sum(CASE WHEN commune.aggregate = 'sum' THEN commune.own_after - coalesce(commune.value, 0)
            WHEN commune.aggregate = 'ratio' THEN (commune.own_after - commune.value) * commune.denominator
                / nullif(district.denominator, 0) END) AS added
    FROM moved AS district
    JOIN moved AS commune ON commune.component_code = district.component_code AND commune.scope = 'commune'
    WHERE district.scope = 'district'
    GROUP BY district.component_code
),
settled AS (
    SELECT moved.* EXCLUDE (own_after, own_move, is_raised),
        CASE WHEN scope = 'district' AND own_move IS NULL THEN value + coalesce(added, 0) ELSE own_after END AS value_after
    FROM moved
    LEFT JOIN lift ON lift.component_code = moved.component_code AND moved.scope = 'district'
)
SELECT settled.*, earned_share(direction, value_after, full_at, limit_value) AS share_after FROM settled;
