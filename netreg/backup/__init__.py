"""Backups: everything of an installation in one sealed file, and back from it.

The file is a tar, compressed with gzip and sealed with age for the office's own keys. In this order it holds:

    backup.json              format, version, revision of the tables, when, and each table with its columns
    conf/...                 config.toml and the plain files it names, and retention.key
    tables/NAME/000001.jsonl rows as JSON arrays, ordered by key: the same whichever database they came from
    files/SHA256             letters and what people handed in
    pending/MARK/SHA256      files of forms from outside that wait for their confirmation
    manifest.json            SHA-256 and size of every part, rows of each table, length and head of the audit chain

A file that ends before its manifest is no backup. What each value looks like stands in `rows.py`.
"""
