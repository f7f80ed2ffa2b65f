"""One runnable file a figure: ours, the peer's on the same data, and the ratio."""
