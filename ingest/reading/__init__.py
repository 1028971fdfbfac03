"""From the bytes of an office's file to the text of each mapped column; nothing is written to the disk."""
