-- The cube summed over periods: the figures of form II.06 and those behind the indicators, for each unit and for each
-- district as the sum of its units. measure.csv defines the measures.
CREATE TABLE service_period AS
WITH own AS (
    SELECT period_month.calendar, period_month.kind, period_month.period_code, period_month.cut, service_month.unit_code,
        field_code, channel, service_level, lacks,
        {{kept: CASE WHEN [is_known] THEN CAST([over_months] AS [type]) END AS [measure]}}
    FROM service_month
    JOIN unit_period_month AS period_month ON period_month.calendar = service_month.calendar
        AND period_month.month = service_month.month AND period_month.month_cut = service_month.cut
        AND period_month.unit_code = service_month.unit_code
    GROUP BY period_month.calendar, period_month.kind, period_month.period_code, period_month.cut, service_month.unit_code,
        field_code, channel, service_level, lacks, carry_known
)
-- handled: what there was to do, as far as its state is known.
SELECT own.*, resolved_early + resolved_on_time + resolved_late + open_total AS handled
FROM own
ORDER BY calendar, kind, period_code, cut, unit_code, field_code, channel, service_level, lacks;
