"""A page on paper: Ctrl+P gives clean A4 sheets."""

# On paper: the page alone, as wide as the screen shows it and made smaller to fit A4; the width is known only when
# printing begins. Inside an A4 page with these margins are 703 px.
PAPER = """<style>
.js-plotly-plot .modebar { top: 26px !important; }
@media print {
  @page { size: A4; margin: 12mm; }
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"], [data-testid="stToastContainer"],
  .st-key-filters, [data-testid="stPopover"], [data-testid="stButton"], [data-testid="stDownloadButton"], [class*="st-key-open_"],
  [data-testid="stFileUploader"], .modebar { display: none !important; }
  html, body, #root, #root > div, [data-testid="stApp"], [data-testid="stAppViewContainer"], [data-testid="stMain"] {
    position: static !important; display: block !important; overflow: visible !important; height: auto !important; }
  [data-testid="stMainBlockContainer"] { padding: 0 !important; max-width: none !important; zoom: var(--paper-zoom, 0.6); }
  /* Streamlit stacks columns with charts on paper; a browser breaks rows of columns over pages by itself. */
  [data-testid="stHorizontalBlock"]:not(.st-key-filters) { display: flex !important; flex-wrap: nowrap !important; }
  [data-testid="stColumn"] { min-width: 0 !important; }
  [data-testid="stPlotlyChart"], [data-testid="stMetric"], tr, li { break-inside: avoid; }
  h1, h2, h3 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
</style><script>
window.fitPaper ??= window.addEventListener("beforeprint", () => {
  const page = document.querySelector('[data-testid="stMainBlockContainer"]'), look = getComputedStyle(page);
  const width = page.clientWidth - parseFloat(look.paddingLeft) - parseFloat(look.paddingRight);
  document.documentElement.style.setProperty("--paper-zoom", Math.min(1, 692 / width));
}) ?? true;
</script>"""
