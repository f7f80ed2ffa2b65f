"""What a message says: values, rendering, markup to text and HTML, links, starters, checks."""
