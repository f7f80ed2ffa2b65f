"""Lighthouse, installed by its own lock, and a browser for it in which somebody is logged in."""
