-- Each figure of form II.06 as reported by a unit, beside the figure computed from its dossiers.
CREATE TABLE service_report_check AS
WITH figure (column_number, figure, title) AS (
    VALUES (3, 'handled', 'Nhận giải quyết'),
        (4, 'received_online', 'Tiếp nhận trực tuyến'),
        (5, 'received_direct', 'Tiếp nhận trực tiếp, bưu chính'),
        (6, 'carried_over', 'Từ kỳ trước'),
        (7, 'resolved', 'Đã giải quyết'),
        (8, 'resolved_early', 'Giải quyết trước hạn'),
        (9, 'resolved_on_time', 'Giải quyết đúng hạn'),
        (10, 'resolved_late', 'Giải quyết quá hạn'),
        (11, 'open_total', 'Đang giải quyết'),
        (12, 'open_in_time', 'Đang giải quyết trong hạn'),
        (13, 'open_late', 'Đang giải quyết quá hạn')
),
counted AS (
    SELECT scope_unit.unit_code, period_code AS period, coalesce(field_code, 'all') AS field_code,
        whole_sum(carried_over + received) AS handled, -- A part of the dossiers without a channel makes both unknown.
        whole_sum(received_online) AS received_online,
        whole_sum(received_direct) AS received_direct, whole_sum(carried_over) AS carried_over,
        sum(resolved_early + resolved_on_time + resolved_late) AS resolved, sum(resolved_early) AS resolved_early,
        sum(resolved_on_time) AS resolved_on_time, sum(resolved_late) AS resolved_late, sum(open_total) AS open_total,
        sum(open_total - open_late) AS open_in_time, sum(open_late) AS open_late
    FROM service_period
    JOIN scope_unit ON scope_unit.member_code = service_period.unit_code
    WHERE calendar = 'reporting' AND cut = 'full'
    GROUP BY GROUPING SETS (
        (scope_unit.unit_code, period_code, field_code), (scope_unit.unit_code, period_code)
    )
),
computed AS (
    SELECT unit_code, period, field_code, figure,
        report_figure(figure, handled, received_online, received_direct, carried_over, resolved, resolved_early,
            resolved_on_time, resolved_late, open_total, open_in_time, open_late) AS amount
    FROM counted CROSS JOIN figure
),
reported AS (
    SELECT unit_code, period, field_code, figure, column_number, title,
        report_figure(figure, handled, received_online, received_direct, carried_over, resolved, resolved_early,
            resolved_on_time, resolved_late, open_total, open_in_time, open_late) AS amount
    FROM service_report CROSS JOIN figure
    WHERE unit_code NOT IN (SELECT unit_code FROM foreign_unit)
)
SELECT reported.unit_code, reported.period, reported.field_code, column_number, title, reported.amount AS reported,
    -- NULL if the unit has no dossier at all in the period: then the dossier data do not cover it; and if the figure is
    -- unknown. Without a dossier of the field it is 0, unless nobody knows what was carried over.
    CASE WHEN computed.unit_code IS NOT NULL THEN computed.amount
        WHEN known.unit_code IS NOT NULL AND (NOT carry_unknown OR reported.figure NOT IN ('handled', 'carried_over')) THEN 0 END AS computed
FROM reported
LEFT JOIN computed ON computed.unit_code = reported.unit_code AND computed.period = reported.period
    AND computed.field_code = reported.field_code AND computed.figure = reported.figure
LEFT JOIN (SELECT unit_code, period, carried_over IS NULL AS carry_unknown FROM counted WHERE field_code = 'all') AS known
    ON known.unit_code = reported.unit_code AND known.period = reported.period
WHERE reported.amount IS NOT NULL
ORDER BY reported.unit_code, reported.period, reported.field_code, column_number;
