"""The doors and the composition root: settings, wiring, HTTP, pages, CLI."""
