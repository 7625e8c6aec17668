"""Sources that are asked through an API of their own: one small module for each, on one polite client."""
