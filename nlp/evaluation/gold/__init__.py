"""Readers of gold standards: one small module for each way they are published."""
