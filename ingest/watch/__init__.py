"""Folders that are watched: a file that is put there is read by itself, with the same checks as on the page."""
