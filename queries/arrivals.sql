-- Mỗi nguồn gửi số liệu lần gần nhất ngày nào, nói đến ngày nào, lần tới chờ vào ngày nào, đã quá hạn chưa: thư mục, mã truy cập, và các đơn vị được nạp trên trang.
-- returns: sender, source_name, table_name, units, unit_names, arrivals, last_on, told_to, every_days, usual_days, expected_on, standing, days_over
-- What the snapshot does not hold is asked with: $uploads (JSON: order, table, sender, name, on) are the arrivals that
-- count, $sources (JSON: sender, name, every_days) the folders and tokens of which something may be expected.
WITH arrived AS (
    SELECT CAST(said->>'order' AS INTEGER) AS upload_order, said->>'table' AS table_name, said->>'sender' AS sender,
        said->>'name' AS name, CAST(said->>'on' AS DATE) AS arrived_on
    FROM (SELECT unnest(from_json($uploads, '["JSON"]')) AS said)
),
registered AS (
    SELECT said->>'sender' AS sender, said->>'name' AS name, CAST(said->>'every_days' AS INTEGER) AS every_days
    FROM (SELECT unnest(from_json($sources, '["JSON"]')) AS said)
),
-- Of which units an upload tells, and up to which day; a running task has no such day.
reach AS (
    SELECT 'dossier' AS table_name, upload_order, unit_code, max(to_on) AS told_to FROM upload_unit GROUP BY upload_order, unit_code
    UNION ALL
    SELECT table_name, upload_order, unit_code, CASE WHEN table_name <> 'initiative' THEN max(month_begin(month + 1) - 1) END
    FROM sent_month WHERE table_name <> 'dossier' GROUP BY table_name, upload_order, unit_code
),
own AS (
    FROM shown_members_of((SELECT home_code FROM rule))
    UNION SELECT shown_code, shown_code FROM shown_members_of((SELECT home_code FROM rule))
    UNION SELECT home_code, home_code FROM rule
),
-- By hand: a table of a unit, as long as no folder or token has sent it since; tables without units as a whole.
told AS (
    SELECT arrived.table_name, own.shown_code AS unit_code, sender, arrived.upload_order, arrived_on, told_to
    FROM arrived JOIN reach ON reach.table_name = arrived.table_name AND reach.upload_order = arrived.upload_order
    JOIN own ON own.unit_code = reach.unit_code
    UNION ALL
    SELECT table_name, '', sender, upload_order, arrived_on, NULL FROM arrived WHERE table_name NOT IN (SELECT table_name FROM reach)
),
by_hand AS (
    SELECT table_name, unit_code, arrived_on, told_to
    FROM told
    QUALIFY arg_max(sender, upload_order) OVER (PARTITION BY table_name, unit_code) = ''
),
event AS (
    SELECT sender, name, '' AS table_name, '' AS unit_code, arrived_on, max(reach.told_to) AS told_to
    FROM arrived LEFT JOIN reach ON reach.table_name = arrived.table_name AND reach.upload_order = arrived.upload_order
    WHERE sender <> '' GROUP BY sender, name, arrived_on
    UNION ALL
    SELECT '', '', table_name, unit_code, arrived_on, max(told_to) FROM by_hand GROUP BY table_name, unit_code, arrived_on
),
-- The days between the last nine arrivals.
waited AS (
    SELECT *, date_diff('day', lag(arrived_on) OVER one, arrived_on) AS days,
        row_number() OVER (PARTITION BY sender, name, table_name, unit_code ORDER BY arrived_on DESC) AS age
    FROM event
    WINDOW one AS (PARTITION BY sender, name, table_name, unit_code ORDER BY arrived_on)
),
rhythm AS (
    SELECT sender, name, table_name, unit_code, count(*) AS arrivals, max(arrived_on) AS last_on,
        -- A plan or a form may name a period that is not over.
        CASE WHEN max(told_to) IS NOT NULL THEN least(max(told_to), max(arrived_on)) END AS told_to,
        CASE WHEN count(*) >= 4 THEN CAST(ceil(median(days) FILTER (WHERE age <= 8)) AS INTEGER) END AS usual_days,
        CASE WHEN count(*) >= 4 THEN max(days) FILTER (WHERE age <= 8) END AS longest_days
    FROM waited GROUP BY sender, name, table_name, unit_code
),
awaited AS (
    SELECT coalesce(rhythm.sender, registered.sender) AS sender, coalesce(rhythm.name, registered.name) AS source_name,
        coalesce(rhythm.table_name, '') AS table_name, coalesce(rhythm.unit_code, '') AS unit_code, coalesce(arrivals, 0) AS arrivals,
        last_on, told_to, every_days, usual_days, longest_days,
        -- Of a folder that nobody watches and of a unit that is no more nothing is expected.
        CASE WHEN rhythm.sender = '' THEN coalesce(unit.valid_to >= CAST($today AS DATE), true) ELSE registered.name IS NOT NULL END
            AS is_expected
    FROM rhythm
    FULL JOIN registered ON registered.sender = rhythm.sender AND registered.name = rhythm.name
    LEFT JOIN unit ON unit.unit_code = rhythm.unit_code
),
judged AS (
    SELECT *, CASE WHEN is_expected THEN last_on + coalesce(every_days, usual_days) END AS expected_on,
        -- A learned rhythm is no promise: late is what has never taken so long.
        CASE WHEN is_expected THEN date_diff('day', last_on, CAST($today AS DATE)) - coalesce(every_days, longest_days) END AS days_beyond
    FROM awaited
),
standing AS (
    SELECT judged.*, CASE WHEN days_beyond > 0 THEN date_diff('day', expected_on, CAST($today AS DATE)) END AS days_over,
        CASE
            WHEN arrivals = 0 THEN 'never' WHEN NOT is_expected THEN 'ended' WHEN days_beyond > 0 THEN 'overdue'
            WHEN expected_on IS NULL THEN 'unknown' ELSE 'in_time'
        END AS standing,
        current_unit.full_name, name_order
    FROM judged LEFT JOIN current_unit USING (unit_code)
)
SELECT sender, source_name, table_name, count(full_name) AS units,
    first_names(list(full_name ORDER BY name_order) FILTER (WHERE full_name IS NOT NULL)) AS unit_names,
    arrivals, last_on, told_to, every_days, usual_days, expected_on, standing, days_over
FROM standing
GROUP BY sender, source_name, table_name, arrivals, last_on, told_to, every_days, usual_days, expected_on, standing, days_over
ORDER BY standing <> 'overdue', standing <> 'never', days_over DESC NULLS LAST, sender = '', source_name, table_name, last_on, told_to,
    arrivals, unit_names
