"""What the worker does with a job, each act recorded as a step of a person is.

A timer, an answer of a service, a message, a call: the engine's verb moves an instance, and the
cases follow: the one that moved, and the one that sent it.
"""

from engine import calls, instances, jobs, worker
from engine.handlers import Handler
from engine.instances import ProcessInstance
from engine.jobs import Job
from engine.storage.unit_of_work import UnitOfWork
from engine.worker import Acts
from webapp.casework import arrivals, audit, cases
from webapp.casework.audit import Act, Result
from webapp.casework.settling import settle


def _fire_timer(uow: UnitOfWork, job: Job) -> None:
    _follow(uow, jobs.fire_timer(uow, job), Act.FIRE_TIMER, job)


def _finish(uow: UnitOfWork, job: Job, handler: Handler[UnitOfWork]) -> None:
    _follow(uow, worker.finish(uow, job, handler), Act.FINISH_JOB, job)


def _deliver_message(uow: UnitOfWork, job: Job) -> None:
    moved = worker.deliver_message(uow, job, begin=arrivals.begin)
    _follow(uow, moved, Act.DELIVER_MESSAGE, job)


def _deliver_signal(uow: UnitOfWork, job: Job) -> None:
    moved = worker.deliver_signal(uow, job, begin=arrivals.begin)
    _follow(uow, moved, Act.DELIVER_SIGNAL, job)


def _begin_call(uow: UnitOfWork, job: Job) -> None:
    _follow(uow, calls.begin(uow, job, begin=arrivals.begin), Act.BEGIN_CALL, job)


def _finish_call(uow: UnitOfWork, job: Job) -> None:
    _follow(uow, calls.finish(uow, job), Act.FINISH_CALL, job)


def _cancel_call(uow: UnitOfWork, job: Job) -> None:
    _follow(uow, calls.cancel(uow, job), Act.CANCEL_CALL, job)


def _fail(uow: UnitOfWork, job: Job, error: Exception) -> None:
    locked = jobs.lock(uow, job)
    only_waits = jobs.waits_for_receiver(job, error, uow.now)
    is_last = jobs.fail(uow, locked, error)
    if only_waits:  # for a message that was sent early: nothing has failed
        return
    case = cases.get_if_any(uow, locked.instance.business_key)
    audit.record(
        uow,
        Act.FAIL_JOB,
        case_number=case.number if case else None,
        object=f"{locked.instance_id} {job.element_id}",
        reason="incident" if is_last else "will_try_again",
        result=Result.FAILED,
    )


def _follow(uow: UnitOfWork, moved: object, act: Act, job: Job) -> None:
    """Let the cases follow: of the instance that moved, and of the one whose job it was.

    The second may only have waited for this to arrive. Cases are locked in the order of their
    numbers, so that two steps never wait for each other in a circle.
    """
    sender = instances.get(uow, job.instance_id)
    receiver = moved if isinstance(moved, ProcessInstance) else sender
    numbers = sorted({receiver.business_key, sender.business_key})
    locked = {number: cases.get_if_any(uow, number, lock=True) for number in numbers}
    case, senders = locked[receiver.business_key], locked[sender.business_key]
    if case is not None:
        settle(uow, case, receiver, case.stage)
    if senders is not None and senders is not case:
        settle(uow, senders, sender, senders.stage)
    if isinstance(moved, ProcessInstance):  # not a signal that was only sent on to others
        number = case.number if case else None
        audit.record(uow, act, case_number=number, object=f"{moved.id} {job.element_id}")


# What the worker does, each recorded as a step of a person is.
ACTS = Acts(
    fire_timer=_fire_timer,
    finish=_finish,
    deliver_message=_deliver_message,
    deliver_signal=_deliver_signal,
    fail=_fail,
    begin_call=_begin_call,
    finish_call=_finish_call,
    cancel_call=_cancel_call,
)
