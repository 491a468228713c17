"""The application's rules: cases, who may see them, what was done. It knows no web framework."""
