"""Finds the user of a request, from a session token or from the claims of an OIDC provider."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from access import UNNAMED, Role, User, accounts, sessions
from access.settings import Settings

PROVIDER = "provider"  # as the means of signing in


def user_of(known: Settings, store: Path, token: str | None, claims: Mapping[str, Any]) -> User:
    """The user of a session token or of a provider's claims, otherwise the anonymous user.

    Evaluated on every call, so that a sign-out, a removal or a role change takes effect at once.
    """
    local, provided = _local(known, store, token), _provided(known, store, claims)
    # Report an expired session only if no provider identifies the user.
    found = [user for user in (local, provided) if user and not user.expired]
    found += [user for user in (local, provided) if user]
    return found[0] if found else User(UNNAMED, known.anonymous)


def _local(known: Settings, store: Path, token: str | None) -> User | None:
    """The user of a local session."""
    session = sessions.find(store, token)
    if session is None:
        return None
    if session.expired:
        return User(UNNAMED, known.anonymous, expired=True)
    if session.means == sessions.FIRST_CODE:
        # The first-start code is only for the time before users exist; then its session ends.
        return None if known.can_sign_in else User(session.name, Role.ANALYST, session.means)
    role = accounts.role_of(known, session.name, session.mark)
    return User(session.name, max(role, known.anonymous), session.means) if role else None


def _provided(known: Settings, store: Path, claims: Mapping[str, Any]) -> User | None:
    """The user identified by a provider, with the highest role from claim values and the list of e-mail addresses."""
    if not known.providers or not claims.get("is_logged_in"):
        return None
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or time.time() >= issued + known.session_hours * 3600:
        return User(UNNAMED, known.anonymous, expired=True)
    mail = str(claims.get("email") or "").lower()
    name = mail or str(claims.get("sub"))
    if issued < sessions.signed_out_at(store, name):
        return None
    # An unverified address may be any text that the user typed.
    listed = known.people.get(mail, Role.NOBODY) if claims.get("email_verified") is True else Role.NOBODY
    claim = claims.get(known.role_claim)
    values = claim if isinstance(claim, list) else [claim]
    roles = [known.claims[value] for value in values if isinstance(value, str) and value in known.claims]
    return User(name, max([*roles, listed, known.anonymous]), PROVIDER)
