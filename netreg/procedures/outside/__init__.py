"""Requests of people outside, who have no account: a public form, confirmed by mail and followed by a link."""
