"""What a reader lets Gnomon keep: interests, a reading list, thumbs, saved searches with their alerts."""
