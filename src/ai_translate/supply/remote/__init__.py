"""A second tier of the store, shared by all who convert models: see ADR 0012."""
