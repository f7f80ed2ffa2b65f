"""Questions: the usual ones, how they are worded, how answers are read, what is remembered."""
