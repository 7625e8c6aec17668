"""Small tables the reading goes by: word frequencies, cue words."""
