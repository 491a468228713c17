"""The shipped processes: one folder each. Only handlers are code; the rest is read when deployed."""
