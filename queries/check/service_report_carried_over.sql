-- Từ kỳ trước của kỳ này bằng đang giải quyết của kỳ trước.
-- table: service_report
-- severity: warning
-- hint: Đối chiếu với biểu kỳ trước; nếu biểu kỳ trước sai thì nạp lại biểu đó.
WITH report AS (
    SELECT unit_code, field_code, period, open_total FROM incoming
    UNION ALL
    SELECT known.unit_code, known.field_code, known.period, known.open_total FROM service_report AS known
    ANTI JOIN incoming USING (unit_code, field_code, period)
),
-- Periods of one kind are numbered consecutively; the previous period has the previous number. Spans since January have
-- no previous one.
numbered AS (
    SELECT *, CASE WHEN period LIKE '%-Q%' THEN 'quarter' WHEN period LIKE '%-H%' THEN 'half'
            WHEN length(period) = 7 THEN 'month' ELSE 'year' END AS kind,
        CAST(left(period, 4) AS INTEGER) * CASE WHEN period LIKE '%-Q%' THEN 4 WHEN period LIKE '%-H%' THEN 2
            WHEN length(period) = 7 THEN 12 ELSE 1 END
            + coalesce(TRY_CAST(right(period, CASE WHEN period LIKE '%-Q%' OR period LIKE '%-H%' THEN 1
                WHEN length(period) = 7 THEN 2 ELSE 0 END) AS INTEGER), 1) AS number
    FROM report
    WHERE period NOT LIKE '%-C%'
)
SELECT row_id, 'carried_over' AS column_name, CAST(incoming.carried_over AS VARCHAR) AS value,
    'Khác số đang giải quyết cuối kỳ ' || before.period || ' (' || before.open_total || ').' AS reason
FROM incoming
JOIN numbered AS mine USING (unit_code, field_code, period)
JOIN numbered AS before ON before.unit_code = mine.unit_code AND before.field_code = mine.field_code
    AND before.kind = mine.kind AND before.number = mine.number - 1
WHERE incoming.carried_over <> before.open_total
