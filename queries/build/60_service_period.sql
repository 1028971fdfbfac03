-- The cube summed over periods: the figures of form II.06 and those behind the indicators, for each unit and for
-- each district as the sum of its units.
CREATE TABLE service_period AS
WITH own AS (
    SELECT period_month.calendar, period_month.kind, period_month.period_code, period_month.cut, unit_code,
        field_code, channel, service_level,
        sum(CASE WHEN is_first THEN carried_over ELSE 0 END) AS carried_over,
        sum(received) AS received, sum(received_full) AS received_full,
        sum(received_stopped) AS received_stopped, sum(refused) AS refused,
        sum(supplement_repeat) AS supplement_repeat, sum(fee_due) AS fee_due, sum(paid_online) AS paid_online,
        sum(digitised) AS digitised, sum(reused) AS reused, sum(population_db) AS population_db,
        sum(resolved_early) AS resolved_early, sum(resolved_on_time) AS resolved_on_time,
        sum(resolved_late) AS resolved_late, sum(resolved_late_apology) AS resolved_late_apology,
        sum(resolved_late_apology_timely) AS resolved_late_apology_timely,
        sum(resolved_late_rescheduled) AS resolved_late_rescheduled,
        sum(resolved_late_rescheduled_repeat) AS resolved_late_rescheduled_repeat,
        sum(resolved_late_days) AS resolved_late_days, sum(resolved_complaint) AS resolved_complaint,
        sum(resolved_days) AS resolved_days, exact_sum(resolved_statutory_days) AS resolved_statutory_days,
        sum(result_due) AS result_due, sum(result_electronic) AS result_electronic,
        sum(ineligible_returned) AS ineligible_returned,
        sum(ineligible_returned_timely) AS ineligible_returned_timely,
        sum(status_events) AS status_events, sum(status_timely) AS status_timely,
        sum(CASE WHEN is_last THEN open_total ELSE 0 END) AS open_total,
        sum(CASE WHEN is_last THEN open_waiting ELSE 0 END) AS open_waiting,
        sum(CASE WHEN is_last THEN open_late ELSE 0 END) AS open_late,
        sum(CASE WHEN is_last THEN open_late_apology ELSE 0 END) AS open_late_apology,
        sum(CASE WHEN is_last THEN open_late_apology_timely ELSE 0 END) AS open_late_apology_timely,
        sum(CASE WHEN is_last THEN open_late_rescheduled ELSE 0 END) AS open_late_rescheduled,
        sum(CASE WHEN is_last THEN open_late_rescheduled_repeat ELSE 0 END) AS open_late_rescheduled_repeat,
        sum(CASE WHEN is_last THEN open_late_days ELSE 0 END) AS open_late_days,
        sum(CASE WHEN is_last THEN open_complaint ELSE 0 END) AS open_complaint,
        sum(intake_untimely) AS intake_untimely,
        sum(not_closed) AS not_closed,
        sum(resolved_late_unexplained) AS resolved_late_unexplained,
        sum(resolved_land) AS resolved_land,
        sum(resolved_land_late) AS resolved_land_late,
        sum(ineligible) AS ineligible,
        sum(ineligible_early) AS ineligible_early,
        sum(ineligible_last_day) AS ineligible_last_day,
        sum(closing_untimely) AS closing_untimely,
        sum(CASE WHEN is_last THEN open_late_unexplained ELSE 0 END) AS open_late_unexplained,
        sum(CASE WHEN is_last THEN late_1_5 ELSE 0 END) AS late_1_5,
        sum(CASE WHEN is_last THEN late_6_10 ELSE 0 END) AS late_6_10,
        sum(CASE WHEN is_last THEN late_11_30 ELSE 0 END) AS late_11_30,
        sum(CASE WHEN is_last THEN late_over_30 ELSE 0 END) AS late_over_30,
        sum(CASE WHEN is_last THEN due_1 ELSE 0 END) AS due_1,
        sum(CASE WHEN is_last THEN due_3 ELSE 0 END) AS due_3,
        sum(CASE WHEN is_last THEN due_5 ELSE 0 END) AS due_5,
        sum(CASE WHEN is_last THEN open_land ELSE 0 END) AS open_land,
        sum(CASE WHEN is_last THEN open_land_late ELSE 0 END) AS open_land_late,
        sum(CASE WHEN is_last THEN land_commune ELSE 0 END) AS land_commune,
        sum(CASE WHEN is_last THEN land_district ELSE 0 END) AS land_district,
        sum(CASE WHEN is_last THEN land_province ELSE 0 END) AS land_province
    FROM service_month
    JOIN period_month ON period_month.calendar = service_month.calendar AND period_month.month = service_month.month
        AND period_month.month_cut = service_month.cut
    GROUP BY period_month.calendar, period_month.kind, period_month.period_code, period_month.cut, unit_code,
        field_code, channel, service_level
)
SELECT * FROM own
ORDER BY calendar, kind, period_code, cut, unit_code, field_code, channel, service_level;
