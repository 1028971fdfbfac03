-- Form II.06 as reported by units, with the unit codes used here.
CREATE TABLE service_report AS
SELECT coalesce(renamed_unit.unit_code, merged_service_report.unit_code) AS unit_code,
    merged_service_report.* EXCLUDE (line, upload_order, unit_code)
FROM merged_service_report
LEFT JOIN renamed_unit ON renamed_unit.own_code = merged_service_report.unit_code
    AND month_begin(last_month_of(period)) BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
ORDER BY unit_code, period, field_code;

-- One figure of the form by name; it turns a row of figures into one row per figure.
CREATE MACRO report_figure(figure, handled, received_online, received_direct, carried_over, resolved, resolved_early,
    resolved_on_time, resolved_late, open_total, open_in_time, open_late) AS CAST(CASE figure
    WHEN 'handled' THEN handled
    WHEN 'received_online' THEN received_online
    WHEN 'received_direct' THEN received_direct
    WHEN 'carried_over' THEN carried_over
    WHEN 'resolved' THEN resolved
    WHEN 'resolved_early' THEN resolved_early
    WHEN 'resolved_on_time' THEN resolved_on_time
    WHEN 'resolved_late' THEN resolved_late
    WHEN 'open_total' THEN open_total
    WHEN 'open_in_time' THEN open_in_time
    WHEN 'open_late' THEN open_late
END AS BIGINT);
