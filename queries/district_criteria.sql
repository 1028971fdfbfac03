-- Từng tiêu chí của huyện: tự chấm, thẩm định, cơ quan phụ trách, so với huyện tốt nhất, trung bình, đối thủ và năm trước.
-- returns: criterion_code, name, short_name, sort, owner, evidence, self_score, own, self_gap, to_full, best, best_name, mean, maximum, lost, lost_rank, rival, rival_name, lead, lead_rank, before, change, source_status
WITH scored AS (
    SELECT index_score.*, current_unit.name
    FROM index_score JOIN current_unit ON current_unit.unit_code = district_code
    WHERE index_code = $index AND year = $year AND criterion_code <> 'total'
),
standing AS (SELECT * FROM index_total WHERE index_code = $index AND year = $year),
-- The rival: the second district if the home district leads, otherwise the district one place above.
rival AS (
    SELECT other.district_code
    FROM standing AS other
    CROSS JOIN ranked_district
    JOIN standing AS home ON home.district_code = own_district
    WHERE other.district_code <> own_district
        AND CASE WHEN home.place = 1 THEN other.percent <= home.percent ELSE other.percent >= home.percent END
    QUALIFY row_number() OVER (ORDER BY abs(other.percent - home.percent), other.district_code) = 1
),
summed AS (
    SELECT criterion_code, criterion.name, criterion.short_name, criterion.sort, coalesce(criterion.owner, '') AS owner,
        coalesce(max(CASE WHEN district_code = own_district THEN evidence END), '') AS evidence,
        max(CASE WHEN district_code = own_district THEN self_score END) AS self_score,
        max(CASE WHEN district_code = own_district THEN scored.score END) AS own,
        max(scored.score) AS best, max_by(scored.name, scored.score) AS best_name, avg(scored.score) AS mean,
        max(coalesce(scored.maximum, criterion.maximum)) AS maximum,
        max(CASE WHEN district_code = (SELECT district_code FROM rival) THEN scored.score END) AS rival,
        max(CASE WHEN district_code = (SELECT district_code FROM rival) THEN scored.name END) AS rival_name,
        max(criterion.status) AS source_status
    FROM scored
    JOIN criterion USING (index_code, criterion_code)
    CROSS JOIN ranked_district
    GROUP BY criterion_code, criterion.name, criterion.short_name, criterion.sort, criterion.owner
)
SELECT summed.criterion_code, name, short_name, sort, owner, summed.evidence, summed.self_score, own,
    summed.self_score - own AS self_gap, summed.maximum - own AS to_full, best, best_name, mean, summed.maximum,
    best - own AS lost,
    row_number() OVER (ORDER BY best - own DESC NULLS LAST, sort) AS lost_rank, rival, rival_name, own - rival AS lead,
    row_number() OVER (ORDER BY own < rival, abs(own - rival) NULLS LAST, sort) AS lead_rank, then_row.score AS before, own - then_row.score AS change,
    source_status
FROM summed
CROSS JOIN ranked_district
LEFT JOIN index_score AS then_row ON then_row.index_code = $index AND then_row.year = $year - 1
    AND then_row.district_code = own_district AND then_row.criterion_code = summed.criterion_code
ORDER BY sort
