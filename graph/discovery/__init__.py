"""Questions about relations: topics, paths, related works."""
