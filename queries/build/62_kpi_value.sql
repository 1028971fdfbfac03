-- Reported values, with the unit codes used here.
CREATE TABLE kpi_value AS
SELECT merged_kpi_value.* EXCLUDE (line, upload_order, simulated, "value", unit_code),
    coalesce(renamed_unit.unit_code, merged_kpi_value.unit_code) AS unit_code,
    coalesce("value", 100 * numerator / nullif(denominator, 0)) AS "value",
    last_month_of(period) AS last_month
FROM merged_kpi_value
LEFT JOIN renamed_unit ON renamed_unit.own_code = merged_kpi_value.unit_code
    AND month_begin(last_month_of(period)) BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
ORDER BY unit_code, indicator_code, last_month;
