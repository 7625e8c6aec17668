"""The Model Context Protocol: what language models may ask of a Gnomon server, read-only."""
