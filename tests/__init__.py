"""The tests, in the shape of the tree they test; `tests.world` is the whole ecosystem in memory."""
