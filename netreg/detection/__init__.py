"""What was seen against what is registered, as pure functions of values."""
