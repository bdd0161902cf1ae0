"""The Hub client: what a mirror has, and its bytes, checked before they have a name."""
