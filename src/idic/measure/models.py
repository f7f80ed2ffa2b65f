"""What measuring keeps: results read at a moment."""
