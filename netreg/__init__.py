"""netreg: the core that decides and remembers. It knows no Flask, no SSH and no packets."""
