"""The application's rules: cases, who may see them, what was done. It knows no web framework."""

from pathlib import Path

from engine.storage import database
from engine.storage.database import Database
from webapp.casework import tables as tables

MIGRATIONS = Path(__file__).parent / "migrations" / "versions"


def migrate(opened: Database) -> None:
    """Bring the tables of the engine and of the application to the newest version."""
    database.migrate(opened, [MIGRATIONS])
