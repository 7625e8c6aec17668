"""A client for Gnomon servers: what the API answers as typed records, its problems as the errors they were.

with Client("http://localhost:8000") as gnomon:
    for work in gnomon.works("retrieval", filter="publication_year:2015-2020"):
        print(work.title)
"""

from api.client.client import Client, Solutions
from api.client.transport import Answer, Asker

__all__ = ["Answer", "Asker", "Client", "Solutions"]
