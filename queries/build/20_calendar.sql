-- The last and the first month of a period code (2024-03, 2024-Q1, 2024-H1, 2024-C09, 2024) as month numbers; the first
-- day of a month number.
CREATE MACRO last_month_of(period) AS CAST(left(period, 4) AS INTEGER) * 12 + CASE
    WHEN length(period) = 4 THEN 11
    WHEN period LIKE '%Q%' THEN CAST(right(period, 1) AS INTEGER) * 3 - 1
    WHEN period LIKE '%H%' THEN CAST(right(period, 1) AS INTEGER) * 6 - 1
    ELSE CAST(right(period, 2) AS INTEGER) - 1
END;
CREATE MACRO first_month_of(period) AS last_month_of(period) - CASE
    WHEN length(period) = 4 THEN 11
    WHEN period LIKE '%Q%' THEN 2
    WHEN period LIKE '%H%' THEN 5
    WHEN period LIKE '%C%' THEN CAST(right(period, 2) AS INTEGER) - 1
    ELSE 0
END;
CREATE MACRO month_begin(month) AS make_date(CAST(month // 12 AS INTEGER), CAST(month % 12 + 1 AS INTEGER), 1);

-- Working days: Monday to Friday except holidays (kind off), plus make-up working days (kind work). Weekdays are
-- counted from a known Monday because engines number weekdays differently.
CREATE TABLE calendar_day AS
WITH day_kind AS (
    SELECT day, coalesce(holiday.kind = 'work', false)
        OR (date_diff('day', DATE '1999-12-27', day) % 7 < 5 AND coalesce(holiday.kind, '') <> 'off') AS is_working
    FROM (
        SELECT CAST(moment AS DATE) AS day
        FROM (SELECT unnest(generate_series(DATE '2000-01-01', DATE '2050-12-31', INTERVAL 1 DAY)) AS moment)
    )
    LEFT JOIN holiday ON holiday.holiday_on = day
)
SELECT day, is_working,
    -- Number of working days up to and including this day; a difference of two is a number of working days.
    CAST(sum(CASE WHEN is_working THEN 1 ELSE 0 END) OVER (ORDER BY day) AS INTEGER) AS working_number,
    year(day) * 12 + month(day) - 1 AS solar_month,
    -- Reporting month m runs from the 15th of m - 1 to the 14th of m (NĐ 09/2019/NĐ-CP).
    year(day) * 12 + month(day) - 1 + CASE WHEN day(day) >= 15 THEN 1 ELSE 0 END AS reporting_month
FROM day_kind
ORDER BY day;

-- Years whose holidays are known. The law gives eleven holidays, so a year with fewer is incomplete.
CREATE TABLE holiday_year AS
SELECT CAST(year(holiday_on) AS INTEGER) AS year FROM holiday WHERE kind = 'off'
GROUP BY year(holiday_on) HAVING count(*) >= 11 ORDER BY year;

-- The date of each working day number.
CREATE TABLE working_day AS SELECT working_number, day FROM calendar_day WHERE is_working ORDER BY working_number;

-- One row with the settings used by the statements below, converted to their types.
CREATE TABLE rule AS
SELECT
    CAST(max(CASE WHEN setting_code = 'data_start' THEN value END) AS DATE) AS data_start,
    CAST(max(CASE WHEN setting_code = 'near_ratio' THEN value END) AS DOUBLE) AS near_ratio,
    CAST(max(CASE WHEN setting_code = 'low_volume' THEN value END) AS INTEGER) AS low_volume,
    CAST(max(CASE WHEN setting_code = 'known_minimum' THEN value END) AS DOUBLE) AS known_minimum,
    CAST(max(CASE WHEN setting_code = 'signal_level' THEN value END) AS DOUBLE) AS signal_level,
    CAST(max(CASE WHEN setting_code = 'change_level' THEN value END) AS DOUBLE) AS change_level,
    CAST(max(CASE WHEN setting_code = 'risk_level' THEN value END) AS DOUBLE) AS risk_level,
    CAST(max(CASE WHEN setting_code = 'older_known_days' THEN value END) AS INTEGER) AS older_known_days,
    CAST(max(CASE WHEN setting_code = 'coverage_minimum' THEN value END) AS DOUBLE) AS coverage_minimum,
    CAST(max(CASE WHEN setting_code = 'apology_lead_days' THEN value END) AS INTEGER) AS apology_lead_days,
    coalesce(max(CASE WHEN setting_code = 'letter_issued_by' THEN value END) = 'book', false) AS by_book,
    CAST(max(CASE WHEN setting_code = 'rank_decimals' THEN value END) AS INTEGER) AS rank_decimals,
    CAST(max(CASE WHEN setting_code = 'score_target' THEN value END) AS DOUBLE) AS score_target,
    CAST(max(CASE WHEN setting_code = 'score_alert' THEN value END) AS DOUBLE) AS score_alert,
    coalesce(max(CASE WHEN setting_code = 'time_rule' THEN value END) = 'day', false) AS by_day,
    -- Whether only dossiers of procedures that are offered online, or online from beginning to end, are counted.
    coalesce(max(CASE WHEN setting_code = 'online_base' THEN value END) = 'offered', false) AS online_of_offered,
    coalesce(max(CASE WHEN setting_code = 'full_base' THEN value END) <> 'received', true) AS full_of_offered,
    max(CASE WHEN setting_code = 'home_district' THEN value END) AS home_code,
    -- Office hours in seconds after midnight.
    max(CASE WHEN setting_code = 'morning_start' THEN
        CAST(split_part(value, ':', 1) AS INTEGER) * 3600 + CAST(split_part(value, ':', 2) AS INTEGER) * 60
    END) AS morning_start,
    max(CASE WHEN setting_code = 'morning_end' THEN
        CAST(split_part(value, ':', 1) AS INTEGER) * 3600 + CAST(split_part(value, ':', 2) AS INTEGER) * 60
    END) AS morning_end,
    max(CASE WHEN setting_code = 'afternoon_start' THEN
        CAST(split_part(value, ':', 1) AS INTEGER) * 3600 + CAST(split_part(value, ':', 2) AS INTEGER) * 60
    END) AS afternoon_start,
    max(CASE WHEN setting_code = 'afternoon_end' THEN
        CAST(split_part(value, ':', 1) AS INTEGER) * 3600 + CAST(split_part(value, ':', 2) AS INTEGER) * 60
    END) AS afternoon_end
FROM setting;
