"""What people do with a request beside its steps."""
