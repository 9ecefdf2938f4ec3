"""The hands: they talk to wires and decide nothing."""
