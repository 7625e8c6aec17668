"""Text to knowledge: sentences, mentions, topics, claims, vectors."""
