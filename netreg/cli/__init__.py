"""The `netreg` command: asks and shows. What talks to wires or pages joins it through entry points."""
