"""Tests of the question memory."""
