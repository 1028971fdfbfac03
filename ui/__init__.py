"""Building blocks of pages: frame, cards, tables, lists of dossiers. The module of one page has the page's name."""
