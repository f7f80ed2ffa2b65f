"""Numbers without Django: tables in, tables out. No clock, no database of ours, no other room."""
