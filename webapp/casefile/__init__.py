"""One case: where it is, what happened, what is known, and its diagram."""

from webapp.casefile.views import blueprint

__all__ = ["blueprint"]
