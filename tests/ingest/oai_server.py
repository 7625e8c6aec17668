"""Two real OAI-PMH servers on 127.0.0.1, `oai_repo` and `oaipmh`, whose records the test sets.

    python oai_server.py        prints its port; GET /oai is the one, GET /classic the other; PUT /world
                                sets what is served
A world: {"granularity", "limit", "earliest", "deletions": persistent | transient | no, "prefixes": [more than oai_dc],
          "records": [{"id", "stamp", "sets", "deleted", "title", "dc": {field: [values]}, "xml": {prefix: text}}]}
Faults are the business of `fault_proxy`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import oai_repo
import oaipmh.error
import oaipmh.metadata
import oaipmh.server
from lxml import etree
from oaipmh.common import Header, Identify

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
            earliest_datestamp=datetime.fromisoformat(self.world.get("earliest", "2000-01-01")).strftime(FORMS[form]),
            deleted_record=self.world.get("deletions", "persistent"), granularity=form,
        )  # fmt: skip

    def is_valid_identifier(self, identifier: str) -> bool:
        return identifier in self.records

    def get_metadata_formats(self, identifier: str | None = None) -> list[Any]:
        return [oai_repo.MetadataFormat(prefix, f"http://x.example/{prefix}.xsd", f"urn:{prefix}")
                for prefix in ["oai_dc", *self.world.get("prefixes", [])]]  # fmt: skip

    def get_record_header(self, identifier: str) -> Any:
        record = self.records[identifier]
        return oai_repo.RecordHeader(
            identifier, record["stamp"], record.get("sets", []), "deleted" if record.get("deleted") else None
        )

    def get_record_metadata(self, identifier: str, metadataprefix: str) -> Any:
        return metadata_of(self.records[identifier], metadataprefix)

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
        found = [record["id"] for record in selected(self.world, filter_from, filter_until, filter_set)]
        return found[cursor : cursor + self.limit], len(found), None


class Classic:
    """The same records for `oaipmh`, whose batches it makes itself."""

    def __init__(self, world: dict[str, Any]) -> None:
        self.world = world
        self.records = {record["id"]: record for record in world["records"]}

    def identify(self) -> Identify:
        return Identify(
            repositoryName="Invented", baseURL="http://127.0.0.1/classic", protocolVersion="2.0",
            adminEmails=["a@example.org"], earliestDatestamp=datetime(2000, 1, 1),
            deletedRecord=self.world.get("deletions", "persistent"), granularity="YYYY-MM-DDThh:mm:ssZ",
            compression=["identity"],
        )  # fmt: skip

    def listRecords(self, metadataPrefix: str, cursor: int, batch_size: int, **chosen: Any) -> list[Any]:
        if metadataPrefix not in ("oai_dc", *self.world.get("prefixes", [])):
            raise oaipmh.error.CannotDisseminateFormatError(metadataPrefix)
        dates = [None if moment is None else moment.replace(tzinfo=UTC)
                 for moment in (chosen.get("from_"), chosen.get("until"))]  # fmt: skip
        found = [self._record(one) for one in selected(self.world, *dates, chosen.get("set"))]
        return found[cursor : cursor + batch_size]

    def listIdentifiers(self, **chosen: Any) -> list[Header]:
        return [header for header, _, _ in self.listRecords(**chosen)]

    def getRecord(self, metadataPrefix: str, identifier: str) -> Any:
        if identifier not in self.records:
            raise oaipmh.error.IdDoesNotExistError(identifier)
        return self._record(self.records[identifier])

    def listMetadataFormats(self, identifier: str | None = None) -> list[tuple[str, str, str]]:
        return [(prefix, "", "") for prefix in ("oai_dc", *self.world.get("prefixes", []))]

    def listSets(self, **_: Any) -> list[Any]:
        raise oaipmh.error.NoSetHierarchyError

    def _record(self, record: dict[str, Any]) -> tuple[Header, Any, None]:
        stamp = moment_of(record).replace(tzinfo=None)
        return Header(None, record["id"], stamp, record.get("sets", []), bool(record.get("deleted"))), record, None

    def answer(self, query: dict[str, str]) -> bytes:
        registry = oaipmh.metadata.MetadataRegistry()
        for prefix in ("oai_dc", *self.world.get("prefixes", [])):
            registry.registerWriter(
                prefix, lambda element, record, prefix=prefix: element.append(metadata_of(record, prefix))
            )
        return bytes(
            oaipmh.server.BatchingServer(self, registry, resumption_batch_size=self.world["limit"]).handleRequest(query)
        )


def metadata_of(record: dict[str, Any], prefix: str) -> Any:
    if prefix != "oai_dc":
        return etree.fromstring(record["xml"][prefix])
    root = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC})
    for field, values in ({"title": [record["title"]]} | record.get("dc", {})).items():
        for value in values:
            etree.SubElement(root, f"{{{DC}}}{field}").text = value
    return root


def moment_of(record: dict[str, Any]) -> datetime:
    stamp = record["stamp"]
    return datetime.fromisoformat(stamp if "T" in stamp else f"{stamp}T00:00:00Z")


def selected(
    world: dict[str, Any], begin: datetime | None, end: datetime | None, name: str | None
) -> list[dict[str, Any]]:
    return [
        record
        for record in world["records"]
        if (begin is None or moment_of(record) >= begin)
        and (end is None or moment_of(record) <= end)
        and (name is None or name in record.get("sets", []))
    ]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: dict[str, Any] = {}

    def do_PUT(self) -> None:
        type(self).world = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(b"")

    def do_GET(self) -> None:
        query = urlsplit(self.path).query
        asked = dict(parse_qsl(query))
        self._send(Classic(self.world).answer(asked) if self.path.startswith("/classic") else self._answer(asked))

    def _answer(self, query: dict[str, str]) -> bytes:
        library = Library(self.world)
        root = etree.fromstring(bytes(oai_repo.OAIRepository(library).process(query)))
        for record in root.iterfind(f".//{OAI}record"):  # oai_repo knows deletions, but does not write them
            if library.records[record.findtext(f"{OAI}header/{OAI}identifier")].get("deleted"):
                record.find(f"{OAI}header").set("status", "deleted")
                record.remove(record.find(f"{OAI}metadata"))
        return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
