-- What each file of dossiers seems to cover, guessed from its rows. A person may state it otherwise (ingest/coverage.py,
-- which runs this script for a new file); the build needs it only for files published before coverage was stated:
-- unstated_dossier.
--
-- from_on: nothing ended before the file's range, so it begins in the first month in which dossiers ended (a few
-- wrong dates aside); older dossiers in the file are those still open. to_on: the newest event, or the end of the last
-- month of receipts if the file was exported some days later. Few rows say little, so whole months are taken for them.
CREATE TABLE guessed_coverage AS
WITH told AS (
    SELECT upload_order, unit_code, state, CAST(received_at AS DATE) AS received_on,
        CAST(coalesce(processed_at, returned_at, ineligible_returned_at, withdrawn_at) AS DATE) AS ended_on,
        CAST(greatest(
            {{event: coalesce([column], TIMESTAMP '1900-01-01')}}
        ) AS DATE) AS event_on
    FROM unstated_dossier
),
received_month AS (
    SELECT upload_order, CAST(date_trunc('month', received_on) AS DATE) AS month_begin, count(*) AS dossiers,
        min(received_on) AS first_on, max(received_on) AS last_on
    FROM told WHERE received_on IS NOT NULL
    GROUP BY upload_order, CAST(date_trunc('month', received_on) AS DATE)
),
ended_month AS (
    SELECT upload_order, CAST(date_trunc('month', ended_on) AS DATE) AS month_begin, count(*) AS dossiers
    FROM told WHERE ended_on IS NOT NULL
    GROUP BY upload_order, CAST(date_trunc('month', ended_on) AS DATE)
),
busiest AS (SELECT upload_order, max(dossiers) AS dossiers FROM ended_month GROUP BY upload_order),
began AS (
    SELECT ended_month.upload_order, min(month_begin) AS month_begin
    FROM ended_month JOIN busiest ON busiest.upload_order = ended_month.upload_order
    WHERE ended_month.dossiers >= 0.05 * busiest.dossiers
    GROUP BY ended_month.upload_order
),
outline AS (
    SELECT upload_order, min(month_begin) AS first_month, max(month_begin) AS last_month, max(last_on) AS last_on
    FROM received_month GROUP BY upload_order
),
newest AS (SELECT upload_order, max(event_on) AS event_on FROM told GROUP BY upload_order),
placed AS (
    SELECT outline.upload_order, outline.last_on, event_on,
        CASE WHEN began.month_begin > first_month AND begun.dossiers >= 30 THEN began.month_begin ELSE first_month END AS month_begin,
        last_month, ending.dossiers AS last_dossiers
    FROM outline
    JOIN newest ON newest.upload_order = outline.upload_order
    LEFT JOIN began ON began.upload_order = outline.upload_order
    LEFT JOIN received_month AS begun ON begun.upload_order = outline.upload_order
        AND begun.month_begin = began.month_begin
    LEFT JOIN received_month AS ending ON ending.upload_order = outline.upload_order
        AND ending.month_begin = last_month
),
spanned AS (
    SELECT placed.upload_order, placed.event_on,
        CASE WHEN first_month.dossiers >= 30 AND first_month.first_on > placed.month_begin + 4
            THEN first_month.first_on ELSE placed.month_begin END AS from_on,
        CASE WHEN last_dossiers >= 30 AND CAST(date_trunc('month', event_on) AS DATE) > last_month
                AND placed.last_on >= CAST(last_day(last_month) AS DATE) - 4
            THEN CAST(last_day(last_month) AS DATE) ELSE event_on END AS to_on
    FROM placed
    LEFT JOIN received_month AS first_month ON first_month.upload_order = placed.upload_order
        AND first_month.month_begin = placed.month_begin
)
SELECT spanned.upload_order, from_on, to_on, spanned.event_on AS as_of,
    -- A dossier from before the range shows that the file has the older open ones too.
    CASE WHEN count(CASE WHEN received_on < from_on THEN 1 END) > 0 THEN 'all' ELSE 'received' END AS older
FROM spanned
JOIN told ON told.upload_order = spanned.upload_order
GROUP BY spanned.upload_order, from_on, to_on, spanned.event_on
ORDER BY spanned.upload_order;
