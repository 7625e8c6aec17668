"""The W3C test suites for SPARQL, replayed over HTTP against a running server."""
