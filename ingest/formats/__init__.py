"""How a payload is read: one pure module for each format."""
