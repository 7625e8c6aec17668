"""`gnomon topic`, `paths`, `network`, `experts`, `hypotheses`, `trends`: asked here, shown by `showing`."""

from __future__ import annotations

import sys

from api.cli import showing
from api.cli.asking import services_of
from api.experts import experts_of
from api.lookup import resolve
from api.networks import network_of
from api.trends import trends_of
from graph.discovery.paths import paths
from graph.discovery.topics import topic_view
from graph.networks import FileFormat, Kind
from graph.networks.formats import encoded


def show_topic(concept: str, as_json: bool, **given: object) -> None:
    with services_of(given) as services:
        view = topic_view(services.store, resolve(services, concept))
    if as_json:
        showing.as_json(view)
    else:
        showing.topic(view)


def show_paths(start: str, end: str, as_json: bool, **given: object) -> None:
    with services_of(given) as services:
        found = paths(services.store, resolve(services, start), resolve(services, end))
    if as_json:
        showing.as_json(found)
    else:
        showing.ways(found)


def show_network(
    kind: Kind, of: str, query: str, limit: int, form: FileFormat | None, as_json: bool, **given: object
) -> None:  # fmt: skip
    with services_of(given) as services:
        found = network_of(services, kind, of, query, limit)
    if form:
        sys.stdout.buffer.write(encoded(found, form))
    elif as_json:
        showing.as_json(found)
    else:
        showing.communities(found)


def show_experts(topic: str, query: str, within: str, limit: int, as_json: bool, **given: object) -> None:
    with services_of(given) as services:
        asked = experts_of(services, topic, query, within, limit)
    if as_json:
        showing.as_json(asked)
    else:
        showing.experts(asked)


def show_hypotheses(thing: str, limit: int, as_json: bool, **given: object) -> None:
    with services_of(given) as services:
        if thing.strip():
            found = services.foretold.ask(resolve(services, thing), limit)
        else:
            scores = services.foretold.scores()
    if as_json:
        showing.as_json(found if thing.strip() else scores)
    elif thing.strip():
        showing.hypotheses(found)
    else:
        showing.scoreboard(scores)


def show_trends(
    of: str, query: str, years: int, until: int, limit: int, as_json: bool, **given: object
) -> None:  # fmt: skip
    with services_of(given) as services:
        found = trends_of(services, of, query, years, until, limit)
    if as_json:
        showing.as_json(found)
    else:
        showing.trends(found.found)
