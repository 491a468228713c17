"""Signaal behandelen: from a report to an answer to the reporter."""
