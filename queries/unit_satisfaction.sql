-- Hài lòng của người dân theo đơn vị, từ đánh giá trên hồ sơ: tỷ lệ kéo về mức chung thấp nhất trước; ít phiếu được đánh dấu.
-- returns: unit_name, rated, satisfied, satisfied_share, drawn_share, rating_word
-- needs: rating
SELECT unit.full_name AS unit_name, rated, satisfied, 100 * satisfied / rated AS satisfied_share,
    100 * (satisfied + low_volume * common_share) / (rated + low_volume) AS drawn_share, CASE WHEN rated < low_volume THEN 'ít phiếu' END AS rating_word
FROM rated_unit($calendar, $period, $unit) AS rated_unit
JOIN current_unit AS unit USING (unit_code)
CROSS JOIN rule
WHERE rated > 0
ORDER BY drawn_share, name_order
