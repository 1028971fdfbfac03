"""Reads the bytes of an office's file into the text of each mapped column; nothing is written to disk."""
