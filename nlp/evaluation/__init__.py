"""Measuring the reading against gold standards, beside the tools people use today."""
