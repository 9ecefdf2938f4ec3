"""Letters: what each kind needs, its words, its template, and the writer that turns them into a PDF."""
