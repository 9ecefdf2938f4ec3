"""How rows, audit events and deliveries are kept: together, or not at all."""
