"""`/v1/profile`: what a reader lets Gnomon keep. `/v1/saved`: saved searches, their feeds and messages."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from fastapi import Body, Depends, Header, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse

from api.answers import answer, documented
from api.deps import Admin, Here, Reader, own_page
from api.personal.alerts import AlertReport, run_alerts
from api.personal.feeds import atom, json_feed
from api.personal.mail import confirmation, send
from api.personal.profile import Interest, InterestKind, Profile
from api.personal.searches import SavedSearch
from api.routing import Router, changes
from api.searching import expansion_of
from api.wiring import Services
from graph.search.base import SearchRequest
from graph.search.query.filters import parse_filter
from graph.search.query.parse import parse
from ontology.errors import ConsentMissing, NotFound, SearchError, Unauthenticated

router = Router(prefix="/v1", tags=["personal"])
COOKIE: Final = "gnomon_profile"
CONSENT: Final = (
    "Gnomon keeps your interests, reading list, thumbs and saved searches to order your results and to alert you."
    " It keeps nothing else about you, shows it to nobody, and forgets all of it when you erase your profile."
)
_YEAR: Final = 365 * 24 * 3600
_FEEDS: Final = {"feed.atom": "application/atom+xml", "feed.json": "application/feed+json"}
Iri = Annotated[str, Query(max_length=2000)]


class Consent(msgspec.Struct, frozen=True):
    """A new profile. `token` is shown once: send it as the header X-Profile, or keep the cookie."""

    token: str
    consent: str


class WholeProfile(msgspec.Struct, frozen=True):
    """Everything that is kept of a reader."""

    consent: str
    profile: Profile
    searches: list[SavedSearch]


def profile_of(request: Request, here: Services, given: str | None) -> str:
    """The caller's profile id, by header or cookie. A cookie counts for changes only from our own pages."""
    token = given or request.cookies.get(COOKIE, "")
    if not token:
        raise Unauthenticated("there is no profile", hint="POST /v1/profile makes one, with your consent")
    if not given and request.method not in ("GET", "HEAD"):
        own_page(request)
    return here.profile_store.of_token(token)


def _mine(
    request: Request, here: Here, _: Reader, given: Annotated[str | None, Header(alias="X-Profile")] = None
) -> str:
    return profile_of(request, here, given)


Mine = Annotated[str, Depends(_mine)]


@router.post("/profile", status_code=201, responses=documented(Consent), operation_id="consent")
def consent(
    request: Request, here: Here, _: Reader, agreed: Annotated[bool, Body(embed=True, alias="consent")] = False
) -> Response:
    """Make a profile. Nothing is kept before `consent` is true."""
    own_page(request)
    if not agreed:
        raise ConsentMissing("nothing is kept without your consent", place="consent", hint=CONSENT)
    _number, token = here.profile_store.create()
    body = msgspec.json.encode(Consent(token, CONSENT))
    made = Response(body, status_code=201, media_type="application/json")
    remember(made, request, token)
    return made


def remember(response: Response, request: Request, token: str) -> None:
    """Set the cookie that holds the profile's token."""
    response.set_cookie(
        COOKIE, token, max_age=_YEAR, httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )


@router.get("/profile", responses=documented(WholeProfile), operation_id="profile")
def show(request: Request, here: Here, mine: Mine) -> Response:
    """All that is kept of you."""
    return answer(request, whole(here, mine))


def whole(here: Services, profile: str) -> WholeProfile:
    return WholeProfile(CONSENT, here.profiles.read(profile), here.saved_searches.of(profile))


@router.get("/profile/export", operation_id="export_profile", responses=documented(WholeProfile))
def export(here: Here, mine: Mine) -> Response:
    """The same as a file."""
    body = msgspec.json.format(msgspec.json.encode(whole(here, mine)))
    named = {"Content-Disposition": 'attachment; filename="gnomon-profile.json"'}
    return Response(body, media_type="application/json", headers=named)


@router.delete("/profile", status_code=204, operation_id="erase_profile")
def erase(here: Here, mine: Mine) -> Response:
    """Forget everything about you."""
    here.profile_store.erase(mine)
    gone = Response(status_code=204)
    gone.delete_cookie(COOKIE)
    return gone


@router.put("/profile/interests", status_code=204, operation_id="add_interest")
def add_interest(
    here: Here, mine: Mine, iri: Iri, kind: InterestKind = "concept",
    label: Annotated[str, Query(max_length=500)] = "",
) -> Response:  # fmt: skip
    """Something you care about: a concept, a person, an organisation or a venue."""
    here.profiles.add_interest(mine, Interest(iri, kind, label or iri))
    return Response(status_code=204)


@router.delete("/profile/interests", status_code=204, operation_id="drop_interest")
def drop_interest(here: Here, mine: Mine, iri: Iri) -> Response:
    """An interest no longer."""
    here.profiles.drop(mine, "interest", iri)
    return Response(status_code=204)


@router.put("/profile/reading-list", status_code=204, operation_id="list_work")
def list_work(here: Here, mine: Mine, work: Iri) -> Response:
    """Put a work on your reading list."""
    here.profiles.list_work(mine, work)
    return Response(status_code=204)


@router.delete("/profile/reading-list", status_code=204, operation_id="unlist_work")
def unlist_work(here: Here, mine: Mine, work: Iri) -> Response:
    """Take a work off your reading list."""
    here.profiles.drop(mine, "reading", work)
    return Response(status_code=204)


@router.put("/profile/thumbs", status_code=204, operation_id="rate_work")
def rate(here: Here, mine: Mine, work: Iri, up: bool = True) -> Response:
    """A work you find good, or not."""
    here.profiles.rate(mine, work, 1 if up else -1)
    return Response(status_code=204)


@router.delete("/profile/thumbs", status_code=204, operation_id="unrate_work")
def unrate(here: Here, mine: Mine, work: Iri) -> Response:
    """Take a thumb back."""
    here.profiles.drop(mine, "thumb", work)
    return Response(status_code=204)


class NewSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What to save: the parameters of /v1/search, a name, and who may have the feed."""

    name: str
    q: str = ""
    filter: str = ""
    expand: tuple[str, ...] = ()
    shared: bool = False
    email: str = ""


@router.post("/saved", status_code=201, responses=documented(SavedSearch), operation_id="save_search")
def save(here: Here, mine: Mine, body: Annotated[dict[str, Any], Body(description="As NewSearch.")]) -> Response:
    """Save a search. With an e-mail address a message asks its reader to confirm; without, there is the feed."""
    new = _converted(body, NewSearch)
    parse(new.q)
    parse_filter(new.filter)
    expand, without, also = expansion_of(new.expand)
    request = SearchRequest(query=new.q, filter=new.filter, expand=expand, without=without, also=also)
    saved = here.saved_searches.add(mine, new.name, request, shared=new.shared, email=new.email)
    if saved.email:
        send(confirmation(saved, here.settings), here.settings)
    return Response(msgspec.json.encode(saved), status_code=201, media_type="application/json")


def _converted(body: dict[str, Any], kind: type[NewSearch]) -> NewSearch:
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise SearchError(f"this is no search to save: {error}", place="body") from error


Number = Annotated[str, Path(max_length=40)]
Secret = Annotated[str, Query(max_length=100)]


@router.get("/saved/confirm", operation_id="confirm_address", response_class=PlainTextResponse)
@changes
def confirm(here: Here, _: Reader, secret: Secret) -> str:
    """The link of the first message."""
    return f"New matches of “{here.saved_searches.confirm(secret).name}” will be sent to you.\n"


@router.get("/saved/unsubscribe", operation_id="unsubscribe", response_class=PlainTextResponse)
@router.post("/saved/unsubscribe", include_in_schema=False, response_class=PlainTextResponse)
@changes
def unsubscribe(here: Here, _: Reader, secret: Secret) -> str:
    """The link of every message, and its one-click form (RFC 8058)."""
    return f"Nothing more about “{here.saved_searches.unsubscribe(secret).name}” will be sent.\n"


@router.post("/saved/alerts", responses=documented(AlertReport), operation_id="run_alerts")
def alerts(request: Request, here: Here, _: Admin) -> Response:
    """Ask every saved search again and send what is new."""
    settings = here.settings
    report = run_alerts(here.saved_searches, here.engine, settings, lambda message: send(message, settings))
    return answer(request, report)


@router.patch("/saved/{number}", responses=documented(SavedSearch), operation_id="change_search")
def change(
    request: Request, here: Here, mine: Mine, number: Number,
    name: Annotated[str | None, Query(max_length=200)] = None, shared: bool | None = None,
    email: Annotated[str | None, Query(max_length=320)] = None,
) -> Response:  # fmt: skip
    """Rename a saved search, share it or not, send it elsewhere."""
    _owned(here, mine, number)
    before = here.saved_searches.find(number)
    after = here.saved_searches.change(number, name=name, shared=shared, email=email)
    if after.email and after.email != before.email:
        send(confirmation(after, here.settings), here.settings)
    return answer(request, after)


@router.delete("/saved/{number}", status_code=204, operation_id="remove_search")
def remove(here: Here, mine: Mine, number: Number) -> Response:
    """Forget a saved search and its matches."""
    _owned(here, mine, number)
    here.saved_searches.remove(number)
    return Response(status_code=204)


@router.get("/saved/{number}/{feed}", operation_id="feed", response_class=Response)
def feed(
    request: Request, here: Here, _: Reader, number: Number, feed: Annotated[str, Path(max_length=20)],
    secret: Secret = "",
) -> Response:  # fmt: skip
    """Matches as they were first seen, newest first: `feed.atom` or `feed.json`."""
    media = _FEEDS.get(feed)
    search = here.saved_searches.find(number)
    if media is None or not (search.shared or (secret and secret == search.secret)):
        raise NotFound("there is no such feed", place=f"{number}/{feed}", hint="an unshared one needs its secret")
    matches = here.saved_searches.matches(number)
    address, site = str(request.url.replace(query="")), here.settings.base_iri
    if feed == "feed.atom":
        return Response(atom(search, matches, address, site), media_type=media)
    return Response(msgspec.json.encode(json_feed(search, matches, address, site)), media_type=media)


def _owned(here: Services, profile: str, number: str) -> None:
    if here.saved_searches.owner(number) != profile:
        raise NotFound("you have no such saved search", place=number)
