"""Networks of people, organisations, topics and works: projected from the graph, measured, laid out, exported."""

from typing import Literal

Kind = Literal["people", "organisations", "topics", "citation", "co-citation", "coupling"]
FileFormat = Literal["gexf", "graphml", "vosviewer"]
