"""All limits on uploaded files."""

# Size of the uploaded file. Streamlit's own limit (server.maxUploadSize) is also 200 MB.
BYTES = 200 * 1024**2
# Unpacked size of a zip or gz file. A month of the district's dossiers is a hundredth of this.
UNPACKED_BYTES = 2 * 1024**3
# Ratio of unpacked to packed bytes. Sheets reach about 100; deflate of one repeated byte reaches 1 032.
UNPACKED_RATIO = 500
# The ratio is checked only from this size, because a small file may compress that well.
UNPACKED_RATIO_FROM = 100 * 1024**2
# Parts of a zip: a workbook has a few for each sheet and picture.
ENTRIES = 10_000

# Rows and columns of one file or sheet.
ROWS = 2_000_000
COLUMNS = 500
# Rows × columns of one sheet, from A1 to its last cell. The reader needs 32 bytes per cell, full or empty.
CELLS = 40_000_000
# Excel's limit for one cell.
CELL_CHARACTERS = 32_767
SHEETS = 200
# Total text of all cells of all sheets in memory. In a small file, one long shared text may be used by every cell.
TEXT_BYTES = 2 * 1024**3

# Limits of the child process that reads a workbook: elapsed time, and address space (unlimited on Windows).
WORKBOOK_SECONDS = 120
WORKBOOK_MEMORY = 4 * 1024**3

# Number of records in which the header is searched.
HEADER_ROWS = 30
