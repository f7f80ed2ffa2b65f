"""Web: the shell and the pages made of several rooms."""
