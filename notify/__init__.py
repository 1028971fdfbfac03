"""Word that goes out: mail to those who chose it, about what changed for real, what falls due, what was promised, what is missing.

A mail says nothing that its reader could not see on the pages, and carries the same figures: they come from the same questions.
"""
