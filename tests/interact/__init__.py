"""Tests of Interact."""
