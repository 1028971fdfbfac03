"""Kết luận giao ban: tasks given about a figure, overdue ones first, with the figure of that time and of now."""

from ui.commitments import cards, chosen_tasks, give, offer_documents, tell_saved
from ui.page import open_page

with open_page("Kết luận giao ban") as view:
    tell_saved()
    give(view)
    tasks = chosen_tasks(view)
    cards(tasks, view)
    offer_documents(tasks, view)
