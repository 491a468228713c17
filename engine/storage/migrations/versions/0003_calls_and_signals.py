"""Instances that another one called, and the signals that begin a process."""

import io
import zipfile

import sqlalchemy as sa
from alembic import op
from lxml import etree

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def upgrade() -> None:
    """Add the columns; what was deployed begins with the signals that its diagrams draw."""
    op.add_column("process_instance", sa.Column("caller_id", sa.String(length=64)))
    op.add_column("process_instance", sa.Column("caller_key", sa.String(length=32)))
    op.add_column("process_instance", sa.Column("caller_element_id", sa.Text()))
    op.create_index(
        "ix_process_instance_caller",
        "process_instance",
        ["caller_id", "caller_key"],
        unique=True,
        sqlite_where=sa.text("caller_id IS NOT NULL"),
        postgresql_where=sa.text("caller_id IS NOT NULL"),
    )
    op.add_column(
        "process_definition",
        sa.Column("start_signals", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
    )
    _fill()


def _fill() -> None:
    """Read the signals from the diagrams: deploying the same files again would change nothing."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT d.id, d.process_id, f.files FROM process_definition d"
            " JOIN deployment f ON f.id = d.deployment_id"
        )
    )
    fill = sa.text(
        "UPDATE process_definition SET start_signals = :signals WHERE id = :id"
    ).bindparams(sa.bindparam("signals", type_=sa.JSON))
    for row in rows.all():
        signals = _signals(bytes(row.files), row.process_id)
        if signals:
            connection.execute(fill, {"signals": signals, "id": row.id})


def _signals(packed: bytes, process_id: str) -> list[str]:
    """The names of the signals of the start events of a process."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for path in archive.namelist():
            if not path.lower().endswith(".bpmn"):
                continue
            root = etree.fromstring(archive.read(path), parser)
            process = root.find(f"{_BPMN}process[@id='{process_id}']")
            if process is None:
                continue
            names = {each.get("id"): each.get("name") for each in root.iter(f"{_BPMN}signal")}
            return [
                str(names[reference])
                for definition in process.iterfind(
                    f"{_BPMN}startEvent/{_BPMN}signalEventDefinition"
                )
                if (reference := (definition.get("signalRef") or "").rpartition(":")[2]) in names
            ]
    return []
