"""The outside world turned into records: sources, formats, identity, journal."""
