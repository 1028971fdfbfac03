"""What the office does about a figure: letters that were issued, tasks that were given. Books in the store, not figures."""

from __future__ import annotations

from access import RIGHTS, User

RIGHT = "act"


class Refused(ValueError):
    """What was asked for is not done; the message says why and what to do, in Vietnamese."""


def require_right(user: User) -> None:
    """Raise Refused if the user may not act."""
    if not user.may(RIGHT):
        raise Refused(f"Việc này cần quyền {RIGHTS[RIGHT].says} (vai trò {RIGHTS[RIGHT].least.title.lower()} trở lên).")
