"""How much of a file is read before it is refused: every limit on an upload, in one place."""

# The file as it is sent. Streamlit's own limit (server.maxUploadSize) is 200 MB as well.
BYTES = 200 * 1024**2
# What a zip or gz file may unpack to. A month of the district's dossiers is a hundredth of this.
UNPACKED_BYTES = 2 * 1024**3
# Unpacked bytes for each packed one. Sheets reach about 100; deflate of one repeated byte reaches 1 032.
UNPACKED_RATIO = 500
# A small file may well be as regular as that; the ratio counts from here.
UNPACKED_RATIO_FROM = 100 * 1024**2
# Parts inside a zip: a workbook has a few for each sheet and picture.
ENTRIES = 10_000

# Rows of one file or sheet, columns of one file or sheet.
ROWS = 2_000_000
COLUMNS = 500
# Rows × columns of one sheet, from A1 to its last cell. The reader takes 32 bytes for each, full or empty.
CELLS = 40_000_000
# What Excel allows in one cell.
CELL_CHARACTERS = 32_767
SHEETS = 200
# All cells of all sheets as text, in memory. One long shared text may stand in each cell of a small file.
TEXT_BYTES = 2 * 1024**3

# The child process that reads a workbook: wall clock, and address space (unlimited on Windows).
WORKBOOK_SECONDS = 120
WORKBOOK_MEMORY = 4 * 1024**3

# Where the header of a table is looked for.
HEADER_ROWS = 30
