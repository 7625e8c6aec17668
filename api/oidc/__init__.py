"""People known to an OpenID Connect provider: signing in by pages, tokens in the API, roles by claims."""
