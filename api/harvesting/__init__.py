"""Named sources: where they are written down, how their runs are started, watched, scheduled and shown."""
