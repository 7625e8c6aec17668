"""A real OAI-PMH server on 127.0.0.1 over `oai_repo`, whose records and faults the test sets.

    python oai_server.py        prints its port; GET /oai is the protocol, PUT /world sets what is
                                served, GET /log gives the queries so far and forgets them
A world: {"granularity", "limit", "records": [{"id", "stamp", "sets", "deleted", "title", "dc": {field: [values]}}],
          "faults": [{"when": part of a query, "times": n, and one of
                      "status" + "headers" | "cut" | "truncate" | "replace": [old, new] | "raw" + "headers"}]}
"""

from __future__ import annotations

import json
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import oai_repo
from lxml import etree

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "http://purl.org/dc/elements/1.1/"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
FORMS = {"YYYY-MM-DD": "%Y-%m-%d", "YYYY-MM-DDThh:mm:ssZ": "%Y-%m-%dT%H:%M:%SZ"}


class Library(oai_repo.DataInterface):  # type: ignore[misc]
    def __init__(self, world: dict[str, Any]) -> None:
        self.world = world
        self.limit = world["limit"]
        self.records = {record["id"]: record for record in world["records"]}

    def get_identify(self) -> Any:
        form = self.world["granularity"]
        return oai_repo.Identify(
            repository_name="Invented", base_url="http://127.0.0.1/oai", admin_email=["a@example.org"],
            earliest_datestamp=datetime(2000, 1, 1).strftime(FORMS[form]),
            deleted_record="persistent", granularity=form,
        )  # fmt: skip

    def is_valid_identifier(self, identifier: str) -> bool:
        return identifier in self.records

    def get_metadata_formats(self, identifier: str | None = None) -> list[Any]:
        return [oai_repo.MetadataFormat("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", OAI_DC)]

    def get_record_header(self, identifier: str) -> Any:
        record = self.records[identifier]
        return oai_repo.RecordHeader(
            identifier, record["stamp"], record.get("sets", []), "deleted" if record.get("deleted") else None
        )

    def get_record_metadata(self, identifier: str, metadataprefix: str) -> Any:
        root = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC})
        record = self.records[identifier]
        for field, values in ({"title": [record["title"]]} | record.get("dc", {})).items():
            for value in values:
                etree.SubElement(root, f"{{{DC}}}{field}").text = value
        return root

    def get_record_abouts(self, identifier: str) -> list[Any]:
        return []

    def list_set_specs(self, identifier: str | None = None, cursor: int = 0) -> tuple[list[str], int, None]:
        sets = sorted({name for record in self.records.values() for name in record.get("sets", [])})
        return sets, len(sets), None

    def get_set(self, setspec: str) -> Any:
        return oai_repo.Set(setspec, setspec, [])

    def list_identifiers(
        self, metadataprefix: str, filter_from: datetime | None = None, filter_until: datetime | None = None,
        filter_set: str | None = None, cursor: int = 0,
    ) -> tuple[list[str], int, None]:  # fmt: skip
        def stamp(record: dict[str, Any]) -> datetime:
            return datetime.fromisoformat(record["stamp"] if "T" in record["stamp"] else record["stamp"] + "T00:00:00Z")

        found = [
            record["id"]
            for record in self.records.values()
            if (filter_from is None or stamp(record) >= filter_from)
            and (filter_until is None or stamp(record) <= filter_until)
            and (filter_set is None or filter_set in record.get("sets", []))
        ]
        return found[cursor : cursor + self.limit], len(found), None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: dict[str, Any] = {}
    log: list[str] = []

    def do_PUT(self) -> None:
        type(self).world = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.log.clear()
        self._send(b"")

    def do_GET(self) -> None:
        query = urlsplit(self.path).query
        if self.path == "/log":
            self._send(json.dumps(self.log).encode())
            self.log.clear()
            return
        self.log.append(query)
        for fault in self.world.get("faults", []):
            if fault["when"] in query and fault["times"] > 0:
                fault["times"] -= 1
                self._misbehave(fault, query)
                return
        self._send(self._answer(query))

    def _answer(self, query: str) -> bytes:
        library = Library(self.world)
        root = etree.fromstring(bytes(oai_repo.OAIRepository(library).process(dict(parse_qsl(query)))))
        for record in root.iterfind(f".//{OAI}record"):  # oai_repo knows deletions, but does not write them
            if library.records[record.findtext(f"{OAI}header/{OAI}identifier")].get("deleted"):
                record.find(f"{OAI}header").set("status", "deleted")
                record.remove(record.find(f"{OAI}metadata"))
        return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))

    def _misbehave(self, fault: dict[str, Any], query: str) -> None:
        headers = fault.get("headers", {})
        if "status" in fault:
            self._send(b"", fault["status"], headers)
        elif "raw" in fault:
            self._send(fault["raw"].encode() * fault.get("repeat", 1), 200, headers)
        elif "replace" in fault:
            self._send(self._answer(query).replace(*(part.encode() for part in fault["replace"])))
        else:
            answer = self._answer(query)
            half = answer[: len(answer) // 2]
            self._send(half, length=len(answer) if "cut" in fault else len(half))
            self.close_connection = True

    def _send(
        self, body: bytes, status: int = 200, headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
