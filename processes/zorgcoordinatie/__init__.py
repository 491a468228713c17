"""Zorgcoördinatie: from a wish for care to aftercare."""
