-- Form II.06 as units report it, in units as they are named here.
CREATE TABLE service_report AS
SELECT merged_service_report.* EXCLUDE (line, upload_order)
    REPLACE (coalesce(renamed_unit.unit_code, merged_service_report.unit_code) AS unit_code)
FROM merged_service_report
LEFT JOIN renamed_unit ON renamed_unit.own_code = merged_service_report.unit_code
    AND month_begin(last_month_of(period)) BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
ORDER BY unit_code, period, field_code;
