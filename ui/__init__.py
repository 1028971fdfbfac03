"""What pages are made of: the frame around them, cards, tables, lists of dossiers. A page's library bears its name."""
