"""What people do with a request beside leaving its steps: take it, note, tell, follow, link, reopen, judge."""
