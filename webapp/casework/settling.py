"""How a case follows its process instances: how far it is, and when it is over."""

from engine import queries
from engine.instances import ProcessInstance
from engine.model import InstanceStatus
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import cases
from webapp.casework.cases import CaseFile
from webapp.casework.tables import Stage


def settle(uow: UnitOfWork, case: CaseFile, instance: ProcessInstance, stage: Stage) -> CaseFile:
    """Let the case follow its process: further on, or closed when it is over."""
    if instance.status is not InstanceStatus.ACTIVE and _is_over(uow, case):
        return cases.close(uow, case)
    return cases.progress(uow, case, stage)


def _is_over(uow: UnitOfWork, case: CaseFile) -> bool:
    """Whether every instance has ended, and nothing that was sent is still under way."""
    still = queries.is_running(uow, case.number) or queries.is_under_way(uow, case.number)
    return not still
