"""What the room Differentiate promises."""
