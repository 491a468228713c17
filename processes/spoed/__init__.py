"""Spoed-opvang: from danger now to a safe place, at any hour."""
