"""Text is taken apart here, and its language told: pure functions over strings."""
