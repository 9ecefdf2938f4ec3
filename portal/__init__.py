"""The face: the pages people use. It asks the core and shows its answers; it decides nothing itself."""
