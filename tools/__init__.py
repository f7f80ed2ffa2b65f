"""Commands for people who work on IDIC: build the assets, keep the translations."""
