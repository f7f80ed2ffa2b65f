"""Tests of Channels."""
