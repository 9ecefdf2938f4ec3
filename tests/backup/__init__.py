"""Backups: made while others write, verified, put back into either database, refused where they are not whole."""
