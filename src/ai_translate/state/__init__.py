"""What must be written while serving, in SQLite."""
