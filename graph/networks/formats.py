"""Networks as files for other tools: GEXF (Gephi), GraphML, VOSviewer's JSON."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any, Final

import msgspec
import networkx as nx

from graph.networks import FileFormat
from graph.networks.measures import Network

MEDIA: Final[dict[FileFormat, str]] = {
    "gexf": "application/gexf+xml", "graphml": "application/graphml+xml", "vosviewer": "application/json",
}  # fmt: skip
_NOT_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SIZES: Final = {
    "people": "Documents", "organisations": "Documents", "topics": "Documents", "citation": "Citations",
    "co-citation": "Citations", "coupling": "References",
}  # fmt: skip


def encoded(network: Network, form: FileFormat) -> bytes:
    """The network as a file of this format."""
    match form:
        case "gexf":
            file = BytesIO()
            nx.write_gexf(_graph(network), file)
            return file.getvalue()
        case "graphml":
            return "\n".join(nx.generate_graphml(_graph(network))).encode()
        case "vosviewer":
            return _vosviewer(network)


def _graph(network: Network) -> nx.Graph[Any]:
    graph: nx.Graph[Any] = nx.DiGraph() if network.kind == "citation" else nx.Graph()
    for node in network.nodes:
        facts = msgspec.structs.asdict(node)
        graph.add_node(facts.pop("iri"), label=_NOT_XML.sub(" ", facts.pop("name")), **facts)
    for tie in network.ties:
        graph.add_edge(network.nodes[tie.source].iri, network.nodes[tie.target].iri, weight=tie.weight)
    return graph


def _vosviewer(network: Network) -> bytes:
    """The file that VOSviewer (van Eck and Waltman 2010) and VOSviewer Online open."""
    items = [
        {
            "id": number, "label": node.name, "url": node.iri, "x": 2 * node.x - 1, "y": 2 * node.y - 1,
            "cluster": node.community,
            "weights": {
                _SIZES[network.kind]: node.size, "Links": node.links, "Total link strength": node.strength,
            },
            "scores": {"Betweenness": node.betweenness},
        }
        for number, node in enumerate(network.nodes, 1)
    ]  # fmt: skip
    links = [{"source_id": tie.source + 1, "target_id": tie.target + 1, "strength": tie.weight} for tie in network.ties]
    return msgspec.json.encode({"network": {"items": items, "links": links}})
