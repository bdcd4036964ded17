"""Live retrieval."""
