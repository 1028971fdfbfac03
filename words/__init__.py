"""How numbers, dates, columns, definitions and periods are written, and text from data made harmless."""
