"""Digests by e-mail: one message for a saved search with new matches, sent through an SMTP server.

No image, no tracking: every link is the work's own IRI or unsubscribes. A message counts as sent
when the server has taken it; until then its matches stay due. List-Unsubscribe with one click
follows RFC 8058.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from html import escape
from typing import Final

from api.personal.searches import Match, SavedSearch
from api.settings import Settings
from ontology.errors import MailError

_TIMEOUT: Final = 30.0


def confirmation(search: SavedSearch, settings: Settings) -> EmailMessage:
    """Asks the reader of an address whether it shall get digests: nothing else is sent before."""
    link = f"{settings.base_iri}/v1/saved/confirm?secret={search.secret}"
    return _message(
        settings, search, f"Please confirm: {_line(search.name)}",
        f"Somebody, most likely you, wants new matches of the search “{search.name}” sent here.\n\n"
        f"If you do: {link}\n\nIf you do not, do nothing: no other message will come.\n",
        f"<p>Somebody, most likely you, wants new matches of the search “{escape(search.name)}” sent here.</p>"
        f'<p><a href="{escape(link)}">Yes, send them</a>. If not, do nothing: no other message will come.</p>',
    )  # fmt: skip


def digest(search: SavedSearch, matches: Sequence[Match], settings: Settings) -> EmailMessage:
    """New matches of one search."""
    count = f"{len(matches)} new {'match' if len(matches) == 1 else 'matches'}"
    leave = f"{settings.base_iri}/v1/saved/unsubscribe?secret={search.secret}"
    lines = "\n".join(f"- {_line(match.title) or 'Untitled'}\n  {match.work}" for match in matches)
    items = "".join(
        f'<li><a href="{escape(match.work)}">{escape(match.title) or "Untitled"}</a></li>' for match in matches
    )
    return _message(
        settings, search, f"{count}: {_line(search.name)}",
        f"{count} of your saved search “{search.name}”:\n\n{lines}\n\nNo more of these messages: {leave}\n",
        f"<p>{count} of your saved search “{escape(search.name)}”:</p><ul>{items}</ul>"
        f'<p><a href="{escape(leave)}">No more of these messages</a></p>',
    )  # fmt: skip


def _message(settings: Settings, search: SavedSearch, subject: str, text: str, html: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from
    message["To"] = search.email
    message["Subject"] = subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="gnomon.invalid")
    leave = f"{settings.base_iri}/v1/saved/unsubscribe?secret={search.secret}"
    message["List-Unsubscribe"] = f"<{leave}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text)
    message.add_alternative(f"<!doctype html><html><body>{html}</body></html>", subtype="html")
    return message


def _line(text: str) -> str:
    """One line: a header must not hold a line break."""
    return " ".join(text.split())


def send(message: EmailMessage, settings: Settings) -> None:
    """Hand a message to the SMTP server of the settings; MailError where it does not take it."""
    if not settings.smtp_host:
        raise MailError("no SMTP server is set", place="setting smtp_host", hint="set smtp_host and mail_from")
    try:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=_TIMEOUT) as server:
            if settings.smtp_starttls:
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        where = f"{settings.smtp_host}:{settings.smtp_port}"
        raise MailError(f"the SMTP server did not take the message: {error}", place=where) from error
