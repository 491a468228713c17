"""The studio of process owners: diagrams and files, their findings, drafts and publishing."""

from webapp.studio.views import blueprint

__all__ = ["blueprint"]
