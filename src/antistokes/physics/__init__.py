"""What nature does: pure functions, floats and arrays in and out. Each module is one effect."""
