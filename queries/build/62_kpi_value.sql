-- Reported values, with the unit codes used here.
CREATE TABLE kpi_value AS
SELECT merged_kpi_value.* EXCLUDE (line, upload_order, simulated, "value", unit_code),
    coalesce(renamed_unit.unit_code, merged_kpi_value.unit_code) AS unit_code,
    coalesce("value", 100 * numerator / nullif(denominator, 0)) AS "value",
    first_month_of(period) AS first_month, last_month_of(period) AS last_month
FROM merged_kpi_value
LEFT JOIN renamed_unit ON renamed_unit.own_code = merged_kpi_value.unit_code
    AND month_begin(last_month_of(period)) BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
ORDER BY unit_code, indicator_code, last_month;

-- A flow (over_time in indicator.csv) is what happened in a span: of a longer span it is the sum of its parts, and of a
-- part the difference of two values since January. A stock is its last value, see reported_value.

-- The months in which values of a frequency are expected.
CREATE MACRO frequency_months(frequency) AS
    CASE frequency WHEN 'year' THEN 12 WHEN 'half' THEN 6 WHEN 'quarter' THEN 3 ELSE 1 END;

-- Reported flows that can be added: their numerator (a count: its value) and denominator.
CREATE TABLE flow_report AS
SELECT kpi_value.unit_code, kpi_value.indicator_code, period, first_month, last_month,
    CASE WHEN aggregate = 'sum' THEN "value" ELSE numerator END AS amount,
    CASE WHEN aggregate = 'sum' THEN 0 ELSE denominator END AS denominator
FROM kpi_value JOIN indicator USING (indicator_code)
WHERE indicator.kind = 'reported' AND over_time = 'flow' AND (
    (aggregate = 'sum' AND "value" IS NOT NULL)
    OR (aggregate = 'ratio' AND numerator IS NOT NULL AND denominator IS NOT NULL)
);

-- The value since January at the end of a month; 0 before January. Where one span has two reports, the plain one counts.
CREATE TABLE flow_since AS
WITH told AS (
    SELECT unit_code, indicator_code, first_month, last_month, amount, denominator,
        row_number() OVER (PARTITION BY unit_code, indicator_code, last_month
            ORDER BY CASE WHEN period LIKE '%-C%' THEN 1 ELSE 0 END, period) AS place
    FROM flow_report WHERE first_month % 12 = 0
)
SELECT unit_code, indicator_code, last_month, amount, denominator, false AS is_base FROM told WHERE place = 1
UNION ALL
SELECT DISTINCT unit_code, indicator_code, first_month - 1, 0.0, 0.0, true FROM told;

-- Spans that can be added up: the reports of months, quarters, half years and years, and months between two values since
-- January. Of two such spans one contains the other, or they have no month in common.
CREATE TABLE flow_part AS
SELECT unit_code, indicator_code, first_month, last_month, amount, denominator
FROM flow_report WHERE period NOT LIKE '%-C%'
UNION ALL
SELECT later.unit_code, later.indicator_code, later.last_month, later.last_month,
    later.amount - earlier.amount, later.denominator - earlier.denominator
FROM flow_since AS later
JOIN flow_since AS earlier ON earlier.unit_code = later.unit_code AND earlier.indicator_code = later.indicator_code
    AND earlier.last_month = later.last_month - 1 AND later.last_month % 12 > 0 AND NOT later.is_base
LEFT JOIN flow_report AS own ON own.unit_code = later.unit_code AND own.indicator_code = later.indicator_code
    AND own.first_month = later.last_month AND own.last_month = later.last_month AND own.period NOT LIKE '%-C%'
-- A value since January that falls is a correction: nobody knows of which month.
WHERE own.unit_code IS NULL AND later.amount >= earlier.amount AND later.denominator >= earlier.denominator;

-- Flows of every selectable span. known_months of all_months: those of which the parts tell, of those that are over.
CREATE TABLE flow_value AS
WITH span AS (SELECT DISTINCT kind, first_month, last_month FROM period),
-- The newest value since January inside a span, minus that of the month before the span.
begun AS (
    SELECT kind, span.first_month, span.last_month, top.unit_code, top.indicator_code, top.last_month AS known_to,
        top.amount - base.amount AS amount, top.denominator - base.denominator AS denominator,
        row_number() OVER (PARTITION BY kind, span.last_month, top.unit_code, top.indicator_code
            ORDER BY top.last_month DESC) AS place
    FROM span
    JOIN flow_since AS top ON top.last_month BETWEEN span.first_month AND span.last_month AND NOT top.is_base
    -- Of a span that begins in January nothing came before; the value of the December before is that of another year.
    JOIN flow_since AS base ON base.unit_code = top.unit_code AND base.indicator_code = top.indicator_code
        AND base.last_month = span.first_month - 1 AND base.is_base = (span.first_month % 12 = 0)
    WHERE top.amount >= base.amount AND top.denominator >= base.denominator
),
start AS (
    SELECT kind, first_month, last_month, unit_code, indicator_code, known_to, amount, denominator
    FROM begun WHERE place = 1
    UNION ALL
    SELECT DISTINCT kind, span.first_month, span.last_month, unit_code, indicator_code, span.first_month - 1, 0.0, 0.0
    FROM span JOIN flow_part ON flow_part.first_month >= span.first_month AND flow_part.last_month <= span.last_month
),
-- The longest parts that follow.
inside AS (
    SELECT start.kind, start.last_month AS span_month, known_to, part.*,
        max(part.last_month) OVER (
            PARTITION BY start.kind, start.last_month, known_to, part.unit_code, part.indicator_code
            ORDER BY part.first_month, part.last_month DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered_to
    FROM start
    JOIN flow_part AS part ON part.unit_code = start.unit_code AND part.indicator_code = start.indicator_code
        AND part.first_month > known_to AND part.last_month <= start.last_month
),
rest AS (
    SELECT kind, span_month, known_to, unit_code, indicator_code, exact_sum(amount) AS amount,
        exact_sum(denominator) AS denominator, sum(last_month - first_month + 1) AS months
    FROM inside
    WHERE covered_to IS NULL OR covered_to < first_month
    GROUP BY kind, span_month, known_to, unit_code, indicator_code
),
-- The way that tells of the most months; of two, that by the values since January.
made AS (
    SELECT start.kind, start.first_month, start.last_month, start.unit_code, start.indicator_code,
        start.amount + coalesce(rest.amount, 0) AS amount, start.denominator + coalesce(rest.denominator, 0) AS denominator,
        start.known_to - start.first_month + 1 + coalesce(months, 0) AS known_months,
        row_number() OVER (PARTITION BY start.kind, start.last_month, start.unit_code, start.indicator_code
            ORDER BY start.known_to - start.first_month + 1 + coalesce(months, 0) DESC, start.known_to DESC) AS place
    FROM start
    LEFT JOIN rest ON rest.kind = start.kind AND rest.span_month = start.last_month AND rest.known_to = start.known_to
        AND rest.unit_code = start.unit_code AND rest.indicator_code = start.indicator_code
),
-- A report of the very span, also one without numerator; where there are two, that of the period's own name.
told AS (
    SELECT span.kind, span.first_month, span.last_month, kpi_value.unit_code, kpi_value.indicator_code, numerator,
        denominator, "value", kpi_value.period,
        row_number() OVER (PARTITION BY span.kind, span.last_month, kpi_value.unit_code, kpi_value.indicator_code
            ORDER BY CASE WHEN kpi_value.period LIKE '%-C%' THEN 1 ELSE 0 END, kpi_value.period) AS place
    FROM span
    JOIN kpi_value ON kpi_value.first_month = span.first_month AND kpi_value.last_month = span.last_month
    JOIN indicator ON indicator.indicator_code = kpi_value.indicator_code
    WHERE indicator.kind = 'reported' AND over_time = 'flow'
),
either AS (
    SELECT kind, first_month, last_month, unit_code, indicator_code, numerator, denominator, "value", period,
        last_month - first_month + 1 AS known_months
    FROM told WHERE place = 1
    UNION ALL
    SELECT made.kind, made.first_month, made.last_month, made.unit_code, made.indicator_code, made.amount,
        CASE WHEN aggregate <> 'sum' THEN made.denominator END,
        CASE WHEN aggregate = 'sum' THEN made.amount ELSE 100 * made.amount / nullif(made.denominator, 0) END,
        CAST(NULL AS VARCHAR), made.known_months
    FROM made
    JOIN indicator ON indicator.indicator_code = made.indicator_code
    LEFT JOIN told ON told.kind = made.kind AND told.last_month = made.last_month AND told.unit_code = made.unit_code
        AND told.indicator_code = made.indicator_code AND told.place = 1
    WHERE made.place = 1 AND made.known_months > 0 AND told.unit_code IS NULL
),
-- The months that are over on the day of the data.
over AS (SELECT year(as_of + 1) * 12 + month(as_of + 1) - 2 AS month FROM as_of_date)
SELECT either.kind, either.last_month, either.unit_code, either.indicator_code, either.numerator, either.denominator,
    either."value", either.period, CAST(known_months AS BIGINT) AS known_months,
    -- Of a quarterly indicator, those of the quarters that are over; of a unit, those in which it is in force.
    CAST(greatest(known_months, least(either.last_month, year(coalesce(valid_to, DATE '2100-01-01')) * 12 + month(coalesce(valid_to, DATE '2100-01-01')) - 1,
        (over.month + 1) // frequency_months(frequency) * frequency_months(frequency) - 1)
        - greatest(either.first_month, year(coalesce(valid_from, DATE '1900-01-01')) * 12 + month(coalesce(valid_from, DATE '1900-01-01')) - 1) + 1) AS BIGINT)
        AS all_months
FROM either
LEFT JOIN unit ON unit.unit_code = either.unit_code
JOIN indicator ON indicator.indicator_code = either.indicator_code
CROSS JOIN over
ORDER BY unit_code, indicator_code, kind, last_month;

DROP TABLE flow_report;
DROP TABLE flow_since;
DROP TABLE flow_part;
