"""Subjects learned from works that carry some: which terms of a vocabulary a new work should get."""
