"""Names of the cookies, most of which say who somebody is; shared by the pages and the signalling, reads no request."""

from __future__ import annotations

__all__ = ["CODE_COOKIE", "FORM_COOKIE", "LOGIN_COOKIE", "application_cookie", "named", "over_tls", "seat_cookie"]

LOGIN_COOKIE = "login"  # staff and parties with an account: one per browser
CODE_COOKIE = "code"  # whoever asked for a code that was sent to a phone
FORM_COOKIE = "form"  # which of the kept forms this browser has sent on its way


def seat_cookie(participant_id: str) -> str:
    """The cookie of one seat: one browser may hold several."""
    return f"seat_{participant_id}"


def application_cookie(application_id: str) -> str:
    """The cookie of the browser that writes an application."""
    return f"draft_{application_id}"


def over_tls(public_url: str, *, encrypted: bool) -> bool:
    """Whether browsers reach us over TLS: `encrypted` by ourselves, or by the proxy `public_url` is the address of.

    A client's headers have no say (X-Forwarded-Proto is anybody's to write).
    """
    return encrypted or public_url.lower().startswith("https://")


def named(cookie: str, *, secure: bool) -> str:
    """The name as it is set: over TLS with the prefix that ties a cookie to this host (RFC 6265bis §4.1.3.2)."""
    return f"__Host-{cookie}" if secure else cookie
