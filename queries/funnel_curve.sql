-- Giới hạn 95 % và 99,8 % quanh bình quân theo số hồ sơ: sáu mươi điểm từ nhỏ nhất đến lớn nhất.
-- returns: denominator, centre, lower_action, lower_warning, upper_warning, upper_action, measure
WITH whole AS (
    SELECT any_value(centre) AS centre, any_value(spread) AS spread, min(denominator) AS least, max(denominator) AS most
    FROM funnel_in($calendar, $period, $scope, $indicator)
    HAVING count(*) > 0
),
step AS (
    -- Closer together where the funnel bends.
    SELECT whole.*, greatest(1, 0.8 * least) * pow(1.1 * most / greatest(1, 0.8 * least), number / 59.0) AS denominator
    FROM whole CROSS JOIN range(60) AS steps (number)
),
reached AS (SELECT *, 100 * spread * sqrt(centre * (1 - centre) / denominator) AS deviation FROM step)
SELECT denominator, 100 * centre AS centre, greatest(0, 100 * centre - action_reach() * deviation) AS lower_action,
    greatest(0, 100 * centre - warning_reach() * deviation) AS lower_warning, least(100, 100 * centre + warning_reach() * deviation) AS upper_warning,
    least(100, 100 * centre + action_reach() * deviation) AS upper_action, '%' AS measure
FROM reached
ORDER BY denominator
