"""Logging in and out, and the language of the pages."""

from webapp.auth.views import blueprint, log_in_page

__all__ = ["blueprint", "log_in_page"]
