"""The pages in a browser: the editor writes, completes, runs; nothing breaks the policy; axe finds nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api.deps import KEY_COOKIE
from api.settings import Settings
from bench.w3c.server import key_for, serving

pytestmark = pytest.mark.server
CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

SEEN = (
    "/", "/?q=library", "/sparql?query=SELECT+*+%7B%3Fs+a+%3Fo%7D+LIMIT+5", "/queries", "/queries/works-per-year",
    "/queries/most-cited", "/sign-in", "/page/quality", "/sources", "/quarantine", "/candidates",
    "/networks?kind=topics", "/experts?of=information+retrieval",
    "/hypotheses?of=information+retrieval", "/resources", "/trends", "/relations?from=BM25&to=machine+learning",
    "/mappings", "/vocabularies", "/vocabularies/vocabulary", "/vocabularies/vocabulary/quality",
    "/vocabularies/vocabulary/concept?iri=https%3A%2F%2Fexample.org%2Fgnomon%2Fsample%2Fbm25",
    "/audit", "/page/topic?iri=https%3A%2F%2Fexample.org%2Fgnomon%2Fsample%2Finformation-retrieval",
)  # fmt: skip


@pytest.fixture(scope="module")
def address(built: Settings) -> Iterator[str]:
    with serving(built.data) as address:
        yield address


@pytest.fixture(scope="module")
def admin(built: Settings) -> str:
    """An admin's key: the pages that only admins see are looked at, too."""
    return key_for(built.data)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs chromium (Debian package chromium), which is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page of ours; what the browser complains of fails the test."""
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert not [one for one in said if "status of 400" not in one]


def write(page: Page, text: str) -> None:
    page.fill("#query", "")
    page.click("#query")
    page.keyboard.type(text)


def test_the_editor_completes_and_runs(page: Page) -> None:
    page.goto("/sparql")
    expect(page.locator(".lines span").first).to_have_text("1\n")
    write(page, "SELECT ?w { ?w a gn:Wor")
    expect(page.locator("#choices li").first).to_contain_text("gn:Work")
    page.keyboard.press("Enter")
    page.keyboard.type(" } LIMIT 3")
    expect(page.locator("#query")).to_have_value("SELECT ?w { ?w a gn:Work } LIMIT 3")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".state")).to_have_text("Limited")
    assert page.locator("table.answer tbody tr").count() == 3
    assert "query=SELECT" in page.url
    page.click("text=Declare prefixes")
    expect(page.locator("#query")).to_have_value(re.compile(r"PREFIX gn: <https://.*\nSELECT"))
    page.keyboard.press("Control+z")
    expect(page.locator("#query")).to_have_value(re.compile("^SELECT"))


def test_mistakes_are_shown_at_their_line(page: Page) -> None:
    page.goto("/sparql")
    page.fill("#query", "SELECT * {\n  ?w a gn:Work .\n  ?w nope:x 3 }")
    page.click("#run")
    expect(page.locator("#answer [role=alert]")).to_contain_text("nope")
    expect(page.locator(".lines .bad")).to_have_text("3\n")
    page.fill("#query", "SELECT ?t { ?w dct:titel ?t }")
    page.click("#run")
    page.click("button.swap >> nth=0")
    assert page.input_value("#query") == "SELECT ?t { ?w dct:title ?t }"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_telephone_and_everybody_can_use_them(
    browser: Browser, address: str, admin: str, scheme: str
) -> None:  # fmt: skip
    work = _first_work(browser, address)
    report = _first_person(browser, address) + "/report"
    context = browser.new_context(base_url=address, viewport={"width": 390, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    context.add_cookies([{"name": KEY_COOKIE, "value": admin, "url": address}])
    for path in (*SEEN, work, report):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        found = Axe().run(page).response["violations"]
        assert not [
            (one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")
        ], path
    context.close()


def _first_work(browser: Browser, address: str) -> str:
    page = browser.new_page(base_url=address)
    page.goto("/?q=library")
    found = page.locator("article h2 a").first.get_attribute("href") or ""
    page.close()
    return found


def _first_person(browser: Browser, address: str) -> str:
    page = browser.new_page(base_url=address)
    page.goto("/")
    found = page.locator("a[href^='/page/person/']").first.get_attribute("href") or ""
    page.close()
    return found


def test_nothing_is_fetched_from_elsewhere(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/sparql", "/queries/works-per-year"):
        page.goto(path)
    assert all(one.startswith((address, "data:")) for one in asked)
    assert len(asked) > 3


def test_styles_and_scripts_are_files_of_ours() -> None:
    """The policy allows no others, so none may be written into templates."""
    web = Path(__file__).resolve().parents[2] / "api" / "web" / "templates"
    for template in web.glob("*.html"):
        text = template.read_text("utf-8")
        assert " style=" not in text, template.name
        assert " onclick=" not in text, template.name
