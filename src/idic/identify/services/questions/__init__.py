"""Writes of the question memory: questions, who asked them, and what was answered."""
