"""Where quads are kept."""
