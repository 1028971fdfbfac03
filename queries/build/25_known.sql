-- What the files of dossiers said. A file without a column says nothing about it, which is not the same as an empty cell:
-- a measure that needs the column (needs in measure.csv) is unknown for the file's dossiers.
CREATE TABLE upload_lack AS
WITH had AS (
    SELECT upload_order,
        -- Files archived before their columns were kept had those of which some row has a value.
        coalesce(max(file_columns), concat(' ',
            {{needed: CASE WHEN count([column]) > 0 THEN '[column] ' ELSE '' END}}
        )) AS names
    FROM merged_dossier
    GROUP BY upload_order
)
SELECT upload_order,
    -- The lacking columns, each between blanks.
    concat(
        {{needed: CASE WHEN names LIKE '% [column] %' THEN '' ELSE ' [column] ' END}}
    ) AS lacks
FROM had
ORDER BY upload_order;

-- The columns that some measure needs, with their titles.
CREATE TABLE needed_column AS
SELECT * FROM (VALUES
    {{needed: ('[column]', '[title]')}}
) AS needed (column_name, title);
