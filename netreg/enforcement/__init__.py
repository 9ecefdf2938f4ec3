"""What a point must be told and what it answered, as pure functions of values: no wire is touched here."""
