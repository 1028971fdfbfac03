-- What the files of dossiers said. A file without a column says nothing about it, which is not the same as an empty cell:
-- a measure that needs the column (needs in measure.csv) is unknown for the file's dossiers.
-- A file also covers some units and days: the dossiers received from from_on to to_on, with their state on as_of. older
-- says of older dossiers that were open: all (the file has them too), received (it has only those received in the
-- range), changed (it has those that changed; the others are as they were).
CREATE TABLE upload_told AS
WITH had AS (
    SELECT upload_order, max(file_columns) AS names
    FROM merged_dossier
    WHERE file_columns IS NOT NULL
    GROUP BY upload_order
    UNION ALL
    -- Files archived before their columns were kept had those of which some row has a value.
    SELECT upload_order, concat(' ',
            {{needed: CASE WHEN count([column]) > 0 THEN '[column] ' ELSE '' END}}
        )
    FROM merged_dossier
    WHERE file_columns IS NULL
    GROUP BY upload_order
    UNION ALL
    -- A file whose rows have all been told again still covers its days.
    SELECT upload_order, '' FROM stated_coverage
    WHERE upload_order NOT IN (SELECT upload_order FROM merged_dossier)
)
SELECT had.upload_order,
    -- The lacking columns, each between blanks.
    concat(
        {{needed: CASE WHEN names LIKE '% [column] %' THEN '' ELSE ' [column] ' END}}
    ) AS lacks,
    units, coalesce(stated.from_on, guess.from_on) AS from_on, coalesce(stated.to_on, guess.to_on) AS to_on,
    coalesce(stated.older, guess.older) AS older,
    -- Of a file that states nothing, nobody knows when it was exported: its open dossiers are taken for open.
    coalesce(stated.as_of, max(guess.as_of) OVER ()) AS as_of
FROM had
LEFT JOIN stated_coverage AS stated ON stated.upload_order = had.upload_order
LEFT JOIN guessed_coverage AS guess ON guess.upload_order = had.upload_order
ORDER BY had.upload_order;

DROP TABLE guessed_coverage;

-- The columns that some measure needs, with their titles in quotes: a title may have a comma, and lists of them are split.
CREATE TABLE needed_column AS
SELECT * FROM (VALUES
    {{needed: ('[column]', '“[title]”')}}
) AS needed (column_name, title);

-- The columns that each indicator computed from dossiers needs, parted by blanks.
CREATE TABLE indicator_need AS
SELECT * FROM (VALUES
    {{indicator: ('[indicator_code]', '[needs]')}}
) AS indicator_needs (indicator_code, needs);

-- Whether a column is among the wanted ones, parted by blanks; * are all of them.
CREATE MACRO is_needed(wanted, column_name) AS wanted = '*' OR contains(' ' || wanted || ' ', ' ' || column_name || ' ');

-- The units of each upload, by their name here and in the file (own_code). A later unit that reuses a code is covered
-- from its first day; a dissolved one also by the files of its successor, where its open dossiers should be found.
CREATE TABLE upload_unit AS
WITH named AS (
    SELECT upload_order, unit.own_code
    FROM upload_told JOIN unit ON units LIKE '% ' || unit.own_code || ' %'
    UNION
    SELECT DISTINCT upload_order, unit_code FROM unstated_dossier
),
placed AS (
    SELECT named.upload_order, named.own_code, unit.unit_code,
        CASE WHEN unit.unit_code <> unit.own_code THEN unit.valid_from ELSE DATE '1900-01-01' END AS since
    FROM named JOIN unit ON unit.own_code = named.own_code
    UNION ALL
    SELECT named.upload_order, named.own_code, unit.unit_code, unit.valid_to + 1
    FROM named
    JOIN unit AS successor ON successor.own_code = named.own_code
    JOIN unit ON unit.successor_code = successor.unit_code
    WHERE unit.valid_to IS NOT NULL
)
SELECT placed.upload_order, placed.own_code, unit_code, greatest(from_on, min(since)) AS from_on, to_on, older, as_of
FROM placed JOIN upload_told ON upload_told.upload_order = placed.upload_order
WHERE since <= to_on
GROUP BY placed.upload_order, placed.own_code, unit_code, from_on, to_on, older, as_of
ORDER BY placed.upload_order, placed.own_code, unit_code;

-- The days of which a unit's dossiers are known. older_known: whether the dossiers that were open before are known too:
-- since the known days without a gap up to this one, some file had all of them, or the days are so many
-- (older_known_days) that older ones no longer count for much. rows_known: whether every file of that day has enough of
-- the unit's rows, or the missing ones have come in since.
CREATE TABLE known_day AS
WITH told AS (
    SELECT upload_unit.unit_code, day, max(CASE WHEN older = 'all' THEN 1 ELSE 0 END) AS has_older,
        min(CASE WHEN thin_upload.upload_order IS NULL THEN 1 ELSE 0 END) AS has_rows
    FROM upload_unit
    JOIN calendar_day ON day BETWEEN from_on AND to_on
    LEFT JOIN thin_upload ON thin_upload.upload_order = upload_unit.upload_order
        AND thin_upload.unit_code = upload_unit.own_code
    GROUP BY upload_unit.unit_code, day
),
-- Days without a gap have one and the same day before their first one.
chained AS (
    SELECT unit_code, day, has_older, has_rows,
        day - CAST(row_number() OVER (PARTITION BY unit_code ORDER BY day) AS INTEGER) AS chain_eve
    FROM told
)
SELECT unit_code, day,
    max(has_older) OVER (PARTITION BY unit_code, chain_eve ORDER BY day) = 1
        OR row_number() OVER (PARTITION BY unit_code, chain_eve ORDER BY day) > older_known_days AS older_known,
    has_rows = 1 AS rows_known
FROM chained CROSS JOIN rule
ORDER BY unit_code, day;

-- The date up to which each unit is known: “số liệu đến ngày”. An open dossier that no file tells of up to this day is
-- unclear.
CREATE TABLE unit_known AS
SELECT unit_code, min(day) AS known_from, max(day) AS known_to FROM known_day GROUP BY unit_code ORDER BY unit_code;

-- A file of changes says that the open dossiers that it does not name are as they were: they are known up to its last day
-- if such files follow each other without a gap since the dossier was told, and no file between them that should have
-- named it is silent. followed_dossier has all dossiers if there is such a file, otherwise none.
CREATE TABLE unchanged_dossier AS
WITH left_open AS (
    SELECT dossier_code, coalesce(renamed_unit.unit_code, raw.unit_code) AS unit_code,
        CAST(received_at AS DATE) AS received_on, as_of AS told_on
    FROM followed_dossier AS raw
    JOIN upload_told ON upload_told.upload_order = raw.upload_order
    LEFT JOIN renamed_unit ON renamed_unit.own_code = raw.unit_code
        AND CAST(received_at AS DATE) BETWEEN renamed_unit.valid_from AND renamed_unit.valid_to
    WHERE received_at IS NOT NULL AND processed_at IS NULL AND returned_at IS NULL AND ineligible_returned_at IS NULL
        AND withdrawn_at IS NULL
),
silent AS (
    SELECT dossier_code, min(as_of) AS silent_on
    FROM left_open
    JOIN upload_unit ON upload_unit.unit_code = left_open.unit_code AND as_of > told_on AND received_on <= to_on
        AND (older = 'all' OR (older = 'received' AND received_on >= from_on))
    GROUP BY dossier_code
),
follower AS (
    SELECT left_open.dossier_code, from_on, to_on, greatest(told_on, coalesce(max(to_on) OVER (
            PARTITION BY left_open.dossier_code ORDER BY from_on, to_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), told_on)) AS reached_on
    FROM left_open
    JOIN upload_unit ON upload_unit.unit_code = left_open.unit_code AND older = 'changed' AND to_on > told_on
    LEFT JOIN silent ON silent.dossier_code = left_open.dossier_code
    WHERE silent_on IS NULL OR to_on < silent_on
),
joined AS (
    SELECT dossier_code, to_on, max(CASE WHEN from_on > reached_on + 1 THEN 1 ELSE 0 END) OVER (
        PARTITION BY dossier_code ORDER BY from_on, to_on ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS is_parted
    FROM follower
)
SELECT dossier_code, max(to_on) AS told_until FROM joined WHERE is_parted = 0 GROUP BY dossier_code ORDER BY dossier_code;
