"""Commands: each takes the transaction first, does one thing, records one event, and never commits."""
