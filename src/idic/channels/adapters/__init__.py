"""One adapter a channel, all of one small shape; `registry` chooses, `base` says the shape."""
