"""How models come in: read, convert, store and lock. Knows no engine, no text and no door."""
