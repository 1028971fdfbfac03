-- Điều cần nói của từng phần báo cáo, trang chiếu: mỗi phần một câu có số.
-- returns: topic_code, sentence
WITH home AS (
    SELECT now_row.*, indicator.measure, indicator.direction,
        CASE direction WHEN 'up' THEN now_row.value - then_row.value WHEN 'down' THEN then_row.value - now_row.value END
            AS gain
    FROM progress AS now_row
    JOIN indicator USING (indicator_code)
    LEFT JOIN progress AS then_row ON then_row.indicator_code = now_row.indicator_code
        AND then_row.unit_code = now_row.unit_code AND then_row.calendar = now_row.calendar
        AND then_row.period_code = $before AND then_row.cut = $before_cut
    WHERE now_row.calendar = $calendar AND now_row.period_code = $period AND now_row.cut = 'full'
        AND now_row.unit_code = $unit
),
headline AS (
    SELECT count(*) FILTER (WHERE status = 'met') || ' trên ' || count(*) || ' chỉ tiêu chính đạt mục tiêu'
        || CASE WHEN count(gain) = 0 THEN '' ELSE '; so với kỳ so sánh ' || count(*) FILTER (WHERE round(gain, 1) > 0)
            || ' tốt lên, ' || count(*) FILTER (WHERE round(gain, 1) < 0) || ' xấu đi' END || '.' AS sentence
    FROM home
    WHERE indicator_code IN ('T05', 'T06', 'T08', 'T12', 'T14', 'T17', 'T19', 'T22')
),
communes AS (
    SELECT 'Cao nhất ' || arg_max(name, score) || ' ' || vi_quantity(max(score), 'điểm') || ', thấp nhất '
        || arg_min(name, score) || ' ' || vi_quantity(min(score), 'điểm') || '; '
        || count(*) FILTER (WHERE score < score_target) || ' ' || any_value(members_word) || ' dưới ' || vi_target(any_value(score_target), 'điểm')
        || '.' AS sentence
    FROM unit_score JOIN current_unit USING (unit_code) CROSS JOIN rule CROSS JOIN home_word
    WHERE calendar = $calendar AND period_code = $period AND cut = 'full' AND unit_score.scope = $scope
        AND group_code = 'all' AND place IS NOT NULL
    HAVING count(*) > 0
),
field_late AS (
    SELECT field.short_name, sum(resolved_late + open_late) AS late, sum(carried_over + received) AS handled,
        sum(open_late) AS open_late
    FROM service_period
    JOIN scope_unit ON scope_unit.member_code = service_period.unit_code AND scope_unit.unit_code = $unit
    JOIN field USING (field_code)
    WHERE calendar = $calendar AND period_code = $period AND cut = 'full'
    GROUP BY field_code, field.short_name
),
late AS (
    SELECT 'Trễ hạn ' || vi_number(sum(late), 0) || ' trong ' || vi_number(sum(handled), 0) || ' hồ sơ ('
        || vi_quantity(100 * sum(late) / sum(handled), '%') || '), ' || vi_number(sum(open_late), 0)
        || ' hồ sơ còn chưa giải quyết'
        || CASE WHEN sum(late) > 0 THEN '; nhiều nhất là ' || lower(left(arg_max(short_name, late), 1))
            || substr(arg_max(short_name, late), 2) || ' ' || vi_quantity(max(late), 'hồ sơ') ELSE '' END || '.' AS sentence
    FROM field_late
    HAVING sum(handled) > 0
),
placed AS (
    SELECT sum(handled) AS handled, sum(land) AS land, sum(land_late) AS land_late, sum(land_commune) AS land_commune,
        sum(land_district) AS land_district, sum(land_province) AS land_province,
        sum(late_without_apology) AS late_without_apology, sum(not_closed) AS not_closed
    FROM subset_cell AS cell
    JOIN scope_unit ON scope_unit.member_code = cell.unit_code AND scope_unit.unit_code = $unit
    WHERE calendar = $calendar AND period_code = $period
),
land AS (
    SELECT vi_number(land_late, 0) || ' trong ' || vi_number(land, 0)
        || ' hồ sơ đất đai ba cấp trễ hạn (' || vi_quantity(100 * land_late / land, '%') || ')'
        -- Without the steps nobody knows where they are.
        || CASE WHEN land_commune + land_district + land_province = 0 THEN ''
            ELSE '; đang ở cấp xã ' || vi_number(land_commune, 0) || ', cấp huyện ' || vi_number(land_district, 0)
                || ', Văn phòng Đăng ký đất đai tỉnh ' || vi_number(land_province, 0) END || '.' AS sentence
    FROM placed
    WHERE land > 0
),
discipline AS (
    SELECT vi_number(late_without_apology, 0) || ' hồ sơ trễ chưa có thư xin lỗi; ' || vi_number(not_closed, 0)
        || ' hồ sơ giấy đã xong mà điện tử chưa kết thúc.' AS sentence
    FROM placed
    WHERE handled > 0
),
online AS (
    SELECT upper(left(said, 1)) || substr(said, 2) || '.' AS sentence
    FROM (
        SELECT string_agg(
                CASE indicator_code WHEN 'T14' THEN 'nộp trực tuyến ' ELSE 'thanh toán trực tuyến ' END || vi_quantity(value, '%')
                || coalesce(' (mục tiêu ' || vi_target(target, '%') || ')', ''), ', ' ORDER BY indicator_code
            ) AS said
        FROM home
        WHERE indicator_code IN ('T14', 'T17') AND value IS NOT NULL
    )
),
digital AS (
    SELECT 'Điểm mô phỏng ' || vi_number(max(score) FILTER (WHERE criterion_code = 'total'), 1) || '/100'
        || CASE WHEN max(coverage) FILTER (WHERE criterion_code = 'total') < 100 THEN ' (mới đủ số liệu '
            || vi_number(max(coverage) FILTER (WHERE criterion_code = 'total'), 0) || '/100 điểm)' ELSE '' END || '; mất nhiều điểm nhất: '
        || arg_max(criterion.short_name, known_maximum - points) FILTER (WHERE criterion_code <> 'total') || ' ('
        || vi_number(max(known_maximum - points) FILTER (WHERE criterion_code <> 'total'), 1) || ' điểm).' AS sentence
    FROM simulated_score
    LEFT JOIN criterion USING (index_code, criterion_code)
    WHERE index_code = 'dti' AND calendar = $calendar AND period_code = $period AND cut = 'full' AND unit_code = $unit
    HAVING count(*) > 0
),
districts AS (
    SELECT string_agg(score_index.short_name || ' năm ' || year || ': hạng ' || place || '/' || ranked_districts, '; '
        ORDER BY index_code) || '.' AS sentence
    FROM (
        SELECT * FROM index_total CROSS JOIN ranked_district WHERE district_code = own_district AND index_code IN ('dti', 'par')
        QUALIFY year = max(year) OVER (PARTITION BY index_code)
    )
    JOIN score_index USING (index_code)
    HAVING count(*) > 0
)
SELECT topic_code, sentence
FROM (
    SELECT 'headline' AS topic_code, sentence FROM headline
    UNION ALL SELECT 'communes', sentence FROM communes
    UNION ALL SELECT 'late', sentence FROM late
    UNION ALL SELECT 'land', sentence FROM land
    UNION ALL SELECT 'discipline', sentence FROM discipline
    UNION ALL SELECT 'online', sentence FROM online
    UNION ALL SELECT 'digital', sentence FROM digital
    UNION ALL SELECT 'districts', sentence FROM districts
)
WHERE sentence IS NOT NULL
