"""`gnomon serve` and `gnomon key`."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from api.auth import PERSON, Keys, Role
from api.oidc.sessions import Sessions
from api.settings import Settings, load_settings
from ontology.curation.scope import Scope
from ontology.errors import SettingsError


def run_server(**given: object) -> None:
    """Serve until stopped; addresses to try are printed first."""
    import uvicorn

    from api.app import create_app
    from api.quick import QuickProtocol
    from sparql.streaming import OneLine

    settings = load_settings(**given)
    app = create_app(settings)
    print(addresses(settings), flush=True)
    logging.getLogger("uvicorn.error").addFilter(OneLine())
    gc.set_threshold(700)
    gc.collect()
    gc.freeze()  # what is there now stays: no need to look through it again and again
    with _scheduler(settings), _reencoding(settings):
        uvicorn.run(
            app, host=settings.host, port=settings.port, http=QuickProtocol, server_header=False,
            log_level="warning", access_log=False,
        )  # fmt: skip


@contextmanager
def _scheduler(settings: Settings) -> Iterator[None]:
    """What is scheduled runs beside the server, where the settings want that."""
    if not settings.schedule:
        yield
        return
    from api.harvesting.scheduler import start_scheduler

    process = start_scheduler(settings)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _reencoding(settings: Settings) -> Iterator[None]:
    """Where the settings name another encoder than the index has, its vectors are made beside the server."""
    from api.reencoding import start

    process = start(settings)
    try:
        yield
    finally:
        if process is not None:
            process.terminate()
            process.wait()


def addresses(settings: Settings) -> str:
    """What to open first."""
    root = f"http://{'localhost' if settings.host in ('127.0.0.1', '0.0.0.0') else settings.host}:{settings.port}"  # noqa: S104
    return (
        f"\nGnomon is at {root}\n"
        f"  search       {root}/?q=word+sense+disambiguation\n"
        f"  API          {root}/v1/search?q=statistical+machine+translation\n"
        f"  a topic      {root}/v1/concepts?label=sentiment+analysis\n"
        f"  SPARQL       {root}/sparql?query=SELECT+(count(*)+AS+?works)+%7B?w+a+gn:Work%7D\n"
        f"  all calls    {root}/docs\n"
        "Stop with Ctrl-C."
    )


def _keys(given: dict[str, object]) -> Keys:
    return Keys(load_settings(**given).data / "keys.sqlite")


def add_key(
    name: str, role: str, vocabularies: Sequence[str] = (), languages: Sequence[str] = (), **given: object
) -> None:
    if role not in Role.__members__ or role == "none":
        raise SettingsError(f"no role is called {role!r}", hint="choose reader, analyst, curator or admin")
    scope = Scope(tuple(vocabularies), tuple(languages))
    if scope != Scope() and role != "curator":
        raise SettingsError(f"vocabularies and languages limit curators, not the role {role}", place=name)
    print(_keys(given).add(name, Role[role], scope))


def list_keys(**given: object) -> None:
    for key in _keys(given).all():
        limits = " ".join((*key.scope.vocabularies, *(f"@{one}" for one in key.scope.languages)))
        print(f"{key.name}\t{key.role}\t{key.created}{f'{chr(9)}{limits}' if limits else ''}")


def revoke_key(name: str, **given: object) -> None:
    if name.startswith(PERSON):
        Sessions(load_settings(**given).data / "keys.sqlite").end_all(name)
    else:
        _keys(given).revoke(name)
    print(f"revoked {name}")
