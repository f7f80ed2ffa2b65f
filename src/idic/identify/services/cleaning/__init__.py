"""What becomes of unclean values: looking for them, deciding on proposals, measuring the rest."""
