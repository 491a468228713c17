"""The service task of *zorgcoördinatie*: a reminder. Whatever leaves the house, a person sends."""

from engine.handlers import Handlers, ServiceCall
from engine.model import Variables
from engine.storage.unit_of_work import UnitOfWork
from webapp.casework import cases, notices

HANDLERS: Handlers[UnitOfWork] = Handlers()


@HANDLERS.register("zorgcoordinatie.herinner_comensha")
def remind(uow: UnitOfWork, call: ServiceCall) -> Variables:
    """Remind the care coordinators that CoMensha has not confirmed yet."""
    recipient = f"zorgcoordinator@{cases.get(uow, call.business_key).region}"
    notices.send(uow, recipient, "comensha_geen_bevestiging", case_number=call.business_key)
    return {}
