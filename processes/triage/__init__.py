"""Triage: the weekly screeningsoverleg, what its partners know, and what it decides."""
