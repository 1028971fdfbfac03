"""Formatting of numbers, dates, columns, definitions and periods, and escaping of texts from data."""
