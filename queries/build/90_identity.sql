-- Sums that must hold in every cell of the cube; a row here means a bug or damaged data and stops publishing.
CREATE TABLE broken_identity AS
SELECT 'tồn đầu kỳ + tiếp nhận = đã giải quyết + đang giải quyết + chưa rõ' AS identity_name, calendar, cut, month, unit_code,
    field_code, channel
FROM service_month
-- NULL, and so not checked, if what was carried over is unknown.
WHERE carried_over + unclear_before + received <> resolved_early + resolved_on_time + resolved_late + open_total + unclear
UNION ALL
SELECT 'tồn đầu kỳ = đang giải quyết cuối kỳ trước', calendar, 'full', month, unit_code, field_code, channel
FROM service_month
LEFT JOIN (
    SELECT calendar, month + 1 AS month, unit_code, field_code, channel, service_level, lacks, open_total AS left_open
    FROM service_month WHERE cut = 'full'
) AS before USING (calendar, month, unit_code, field_code, channel, service_level, lacks)
WHERE cut = 'full' AND carried_over <> coalesce(left_open, 0)
    AND month > (SELECT min(month) FROM calendar_month WHERE calendar_month.calendar = service_month.calendar)
UNION ALL
SELECT 'quá hạn không vượt quá tổng đang giải quyết', calendar, cut, month, unit_code, field_code, channel
FROM service_month
WHERE open_late > open_total OR resolved_late_apology > resolved_late OR paid_online > fee_due;
