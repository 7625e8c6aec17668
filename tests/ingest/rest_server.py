"""APIs on 127.0.0.1 that keep to the contracts of the real ones, with records and faults the test sets.

Each API is a function from path and parameters to a status, a body and headers. Cursors are kept
here as the real servers keep them: unknown ones are refused.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Reply = tuple[int, str]
Answerer = Callable[[str, dict[str, str]], Reply]


class Api:
    """Records that carry a date each, served by one contract. `log` holds every request."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.faults: list[dict[str, Any]] = []
        self.log: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.marks = False
        self.answer: Answerer = lambda path, asked: (404, "{}")

    def since(self, day: str | None) -> list[dict[str, Any]]:
        return [one for one in self.records if not day or one["date"] >= day]


def _found(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found[1] if found else None


def _portion(found: list[Any], cursor: str, rows: int) -> tuple[list[Any], int]:
    start = 0 if cursor in ("*", "1") else int(cursor.removeprefix("c"))
    return found[start : start + rows], start + rows


def crossref(api: Api) -> Answerer:
    """One scroll cursor for the whole list, as Crossref's: where it stands is the server's business."""
    scrolls: dict[str, int] = {}

    def answer(path: str, asked: dict[str, str]) -> Reply:
        if path != "/works":
            return 404, "Resource not found."
        found = api.since(_found(r"from-index-date:([\d-]+)", asked.get("filter", "")))
        cursor, rows = asked["cursor"], int(asked["rows"])
        if cursor == "*":
            cursor = f"scroll{len(scrolls)}"
            scrolls[cursor] = 0
        if cursor not in scrolls:
            return 404, '{"status":"failed","message":[{"type":"cursor-does-not-exist"}]}'
        items = [one["body"] for one in found[scrolls[cursor] : scrolls[cursor] + rows]]
        scrolls[cursor] += rows
        message = {"next-cursor": cursor, "total-results": len(found), "items": items, "items-per-page": rows}
        return 200, json.dumps({"status": "ok", "message-type": "work-list", "message": message})

    return answer


def datacite(api: Api) -> Answerer:
    def answer(path: str, asked: dict[str, str]) -> Reply:
        found = api.since(_found(r"updated:\[([\d-]+)T", asked.get("query", "")))
        items, end = _portion(found, asked["page[cursor]"], int(asked["page[size]"]))
        links = {"self": "https://elsewhere.example/dois"}
        if items:
            links["next"] = (
                f"https://elsewhere.example/dois?page%5Bcursor%5D=c{end}&page%5Bsize%5D={asked['page[size]']}"
            )
        data = [one["body"] for one in items]
        return 200, json.dumps({"data": data, "meta": {"total": len(found)}, "links": links})

    return answer


def openalex(api: Api) -> Answerer:
    def answer(path: str, asked: dict[str, str]) -> Reply:
        if asked["cursor"] != "*" and "api_key" not in asked:
            return 401, '{"error":"a key is needed"}'
        found = api.since(_found(r"from_updated_date:([\d-]+)", asked.get("filter", "")))
        items, end = _portion(found, asked["cursor"], int(asked["per-page"]))
        following = f"c{end}" if items else None
        meta = {"count": len(found), "next_cursor": following}
        return 200, json.dumps({"meta": meta, "results": [one["body"] for one in items]})

    return answer


def europepmc(api: Api) -> Answerer:
    def answer(path: str, asked: dict[str, str]) -> Reply:
        if path.endswith("/fullTextXML"):
            text = next((one["full"] for one in api.records if "full" in one and one["pmcid"] in path), "")
            return (200, text) if text else (404, "")
        found = api.since(_found(r"UPDATE_DATE:\[([\d-]+) TO", asked["query"]))
        items, end = _portion(found, asked["cursorMark"], int(asked["pageSize"]))
        following = f"c{end}" if items else asked["cursorMark"]
        results = {"result": [one["body"] for one in items]}
        return 200, json.dumps({"hitCount": len(found), "nextCursorMark": following, "resultList": results})

    return answer


def pubmed(api: Api) -> Answerer:
    """A history server; of one search no more than `most` citations."""
    history: dict[str, list[dict[str, Any]]] = {}

    def answer(path: str, asked: dict[str, str]) -> Reply:
        if path == "/esearch.fcgi":
            found = api.since(asked.get("mindate", "").replace("/", "-"))
            found = [one for one in found if one["date"] <= asked.get("maxdate", "9999").replace("/", "-")]
            name = f"MCID_{len(history)}"
            history[name] = found
            result = {"count": str(len(found)), "webenv": name, "querykey": "1"}
            return 200, json.dumps({"esearchresult": result})
        if asked["WebEnv"] not in history:
            return 400, "<eFetchResult><ERROR>Cannot retrieve history data</ERROR></eFetchResult>"
        start = int(asked["retstart"])
        portion = history[asked["WebEnv"]][start : start + int(asked["retmax"])]
        return 200, f"<PubmedArticleSet>{''.join(one['body'] for one in portion)}</PubmedArticleSet>"

    return answer


def arxiv(api: Api) -> Answerer:
    def answer(path: str, asked: dict[str, str]) -> Reply:
        newest_first = sorted(api.records, key=lambda one: str(one["date"]), reverse=True)
        start = int(asked["start"])
        items = newest_first[start : start + int(asked["max_results"])]
        return 200, (
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
            f"<opensearch:totalResults>{len(newest_first)}</opensearch:totalResults>"
            f"{''.join(one['body'] for one in items)}</feed>"
        )

    return answer


CONTRACTS: dict[str, Callable[[Api], Answerer]] = {
    "crossref": crossref, "datacite": datacite, "openalex": openalex, "europepmc": europepmc, "pubmed": pubmed,
    "arxiv": arxiv,
}  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: Api
    contract: Callable[[Api], Answerer]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = dict(parse_qsl(url.query, keep_blank_values=True))
        self.api.log.append((url.path, asked, {key.lower(): value for key, value in self.headers.items()}))
        fault = next((one for one in self.api.faults if one["when"] in self.path and one["times"] > 0), None)
        if fault is None:
            self._send(*self.api.answer(url.path, asked))
            return
        fault["times"] -= 1
        if "forget" in fault:  # what every cursor stands for
            self.api.answer = type(self).contract(self.api)
            self._send(*self.api.answer(url.path, asked))
        elif "status" in fault:
            self._send(fault["status"], "", fault.get("headers"))
        else:
            body = self.api.answer(url.path, asked)[1]
            self._send(200, body[: len(body) // 2], more=1000 if "cut" in fault else 0)

    def _send(self, status: int, body: str, headers: dict[str, str] | None = None, more: int = 0) -> None:
        sent = body.encode()
        headers = dict(headers or {})
        if self.api.marks and status == 200:
            headers["ETag"] = f'"{sha256(sent).hexdigest()[:12]}"'
            if self.headers.get("If-None-Match") == headers["ETag"]:
                status, sent = 304, b""
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(sent) + more))
        self.end_headers()
        self.wfile.write(sent)
        self.close_connection = bool(more)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def serving(name: str) -> Iterator[tuple[Api, str]]:
    """The API called `name` and its base address."""
    api = Api()
    api.answer = CONTRACTS[name](api)
    handler = type("Handler", (_Handler,), {"api": api, "contract": staticmethod(CONTRACTS[name])})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield api, f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
