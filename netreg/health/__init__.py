"""What can be wrong with an installation, and how it is found out. Nothing here changes anything."""
