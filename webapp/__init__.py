"""Uitweg in the browser: the rules of casework, the surfaces on top of them, the command line."""
