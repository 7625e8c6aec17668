"""Asking saved searches again after a commit, and sending what is new."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import Final

import msgspec

from api.personal.mail import digest
from api.personal.searches import MAX_MATCHES, SavedSearches
from api.settings import Settings
from graph.search.base import SearchRequest
from graph.search.engine import SearchEngine
from ontology.errors import MailError, SearchError

_IN_ONE_MESSAGE: Final = 100


class AlertReport(msgspec.Struct, kw_only=True):
    """What one round did; `faults` say what could not be asked or sent, which is tried again next time."""

    searches: int = 0
    looked: int = 0
    new_matches: int = 0
    sent: int = 0
    faults: list[str] = msgspec.field(default_factory=list)


def run_alerts(
    searches: SavedSearches, engine: SearchEngine, settings: Settings, send: Callable[[EmailMessage], None]
) -> AlertReport:
    """Ask every search that has not seen this commit yet; then send a digest for each that has new
    matches and a confirmed address."""
    report = AlertReport()
    sequence = engine.sequence
    for search in searches.all():
        report.searches += 1
        if search.looked >= sequence:
            continue
        try:
            report.new_matches += searches.look(search, engine.walk(_asked(search.request), MAX_MATCHES), sequence)
            report.looked += 1
        except SearchError as error:
            report.faults.append(f"{search.name}: {error}")
    for search in searches.all():
        if not search.confirmed:
            continue
        due = searches.matches(search.id, untold=True, limit=_IN_ONE_MESSAGE)
        if not due:
            continue
        try:
            send(digest(search, due, settings))
        except MailError as error:
            report.faults.append(f"{search.name}: {error}")
            continue
        searches.told(search.id, (match.work for match in due))
        report.sent += 1
    return report


def _asked(request: SearchRequest) -> SearchRequest:
    """By words alone: nearness in meaning has no edge where a match begins."""
    return msgspec.structs.replace(request, mode="lexical", sort="newest", highlight=False)
