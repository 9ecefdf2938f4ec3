"""Lists as offices have them, in and out: read a table, say which column is what, judge every row, do it or nothing."""
