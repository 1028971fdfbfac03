-- Các biểu II.06 đã nạp, mới nhất trước, và số ô khác với số tính từ hồ sơ.
-- returns: report_code, unit_code, period_code, title, cells, compared, different
SELECT unit_code || ' ' || period AS report_code, unit_code, period AS period_code,
    unit.full_name || ', ' || coalesce(any_value(known.title), period) AS title, count(*) AS cells, count(computed) AS compared,
    count(*) FILTER (WHERE reported <> computed) AS different
FROM service_report_check
JOIN current_unit AS unit USING (unit_code)
LEFT JOIN (SELECT period_code, title FROM period WHERE calendar = 'reporting') AS known ON known.period_code = period
GROUP BY unit_code, period, unit.full_name
ORDER BY period DESC, unit_code
