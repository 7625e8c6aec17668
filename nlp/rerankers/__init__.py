"""Reading the best results of a search again, more closely."""
