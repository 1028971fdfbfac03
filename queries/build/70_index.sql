-- Scores of the districts by index, year and criterion, and the totals with class and rank.
CREATE TABLE index_score AS
SELECT merged_index_score.* EXCLUDE (line, upload_order, simulated, maximum),
    coalesce(merged_index_score.maximum, criterion.maximum) AS maximum
FROM merged_index_score
LEFT JOIN criterion USING (index_code, criterion_code)
ORDER BY index_code, year, district_code, criterion_code;

CREATE TABLE index_total AS
WITH summed AS (
    SELECT district_code, index_code, year,
        coalesce(
            max(CASE WHEN criterion_code = 'total' THEN score END),
            exact_sum(CASE WHEN criterion_code <> 'total' THEN score END)
        ) AS score,
        -- A total without its maximum is one of the whole index, or of 100.
        coalesce(
            max(CASE WHEN criterion_code = 'total' THEN maximum END),
            CASE WHEN max(CASE WHEN criterion_code = 'total' THEN score END) IS NULL
                THEN exact_sum(CASE WHEN criterion_code <> 'total' THEN maximum END) END,
            max(whole_maximum), 100
        ) AS maximum,
        max(whole_maximum) AS whole_maximum, max(CASE WHEN criterion_code = 'total' THEN score END) IS NOT NULL AS is_total,
        max(CASE WHEN criterion_code = 'total' THEN published_class END) AS published_class,
        max(CASE WHEN criterion_code = 'total' THEN published_rank END) AS published_rank,
        max(CASE WHEN criterion_code = 'total' THEN source END) AS source
    FROM index_score
    LEFT JOIN (SELECT index_code, exact_sum(maximum) AS whole_maximum FROM criterion GROUP BY index_code) AS whole USING (index_code)
    GROUP BY district_code, index_code, year
),
-- A few criteria are not the index: without a total, as much of it must be scored as of any index.
enough AS (
    SELECT summed.* EXCLUDE (score, whole_maximum, is_total),
        CASE WHEN is_total OR is_enough(maximum, whole_maximum, coverage_minimum) THEN score END AS score
    FROM summed CROSS JOIN rule
),
shared AS (
    SELECT enough.*, 100 * score / nullif(maximum, 0) AS percent,
        rounded(100 * score / nullif(maximum, 0), rank_decimals) AS compared_percent
    FROM enough CROSS JOIN rule
),
reached AS (
    SELECT district_code, shared.index_code, year, max_by(class_code, minimum) AS computed_class
    FROM shared
    JOIN class_band ON class_band.index_code = shared.index_code AND class_band.minimum <= shared.percent
    GROUP BY district_code, shared.index_code, year
),
classed AS (
    SELECT shared.*, computed_class, count(percent) OVER (PARTITION BY index_code, year) AS known_districts
    FROM shared LEFT JOIN reached USING (district_code, index_code, year)
),
placed AS (
    -- One district alone has no rank but a published one.
    SELECT *, coalesce(published_rank, CASE WHEN percent IS NOT NULL AND known_districts > 1 THEN rank() OVER (
            PARTITION BY index_code, year ORDER BY compared_percent DESC NULLS LAST
        ) END) AS place
    FROM classed
)
SELECT district_code, index_code, year, score, maximum, percent, computed_class, published_class,
    -- A published class takes precedence over a computed one.
    coalesce(published_class, computed_class) AS class_code,
    published_class IS NOT NULL AS is_published,
    place,
    -- Of how many; unknown where a published rank is beyond the districts that are known.
    CASE WHEN percent IS NOT NULL AND known_districts > 1 AND known_districts >= max(place) OVER (PARTITION BY index_code, year) THEN known_districts END AS ranked_districts,
    source
FROM placed
ORDER BY index_code, year, district_code;

CREATE TABLE initiative AS
SELECT initiative_code, coalesce(renamed_unit.unit_code, merged_initiative.unit_code) AS unit_code,
    merged_initiative.* EXCLUDE (line, upload_order, simulated, initiative_code, unit_code)
FROM merged_initiative
LEFT JOIN renamed_unit ON renamed_unit.own_code = merged_initiative.unit_code
    AND start_on BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
ORDER BY initiative_code, unit_code;
