"""Deliveries by Procrastinate: each of its jobs says "look at delivery N", and any worker on any machine may take it.

Nothing rests on it. A worker looks for itself every few seconds as well, which finds what no job speaks of: a pause
that is over, an hour of mail that has room again, a lease that ran out, a job that was lost.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable
from concurrent.futures import Executor, Future

import procrastinate
from procrastinate.jobs import Status

from agents.carrying import Hands
from netreg.store.summons import QUEUE, TASK
from netreg.store.transaction import Store

log = logging.getLogger("netreg.jobs")

# How often a worker looks though no job called it, asks for jobs that were put off, and begins anew after a failure.
LOOK_SECONDS, FETCH_SECONDS, AGAIN_SECONDS = 5.0, 1.0, 5.0
# Jobs whose worker died are cleared away so often: the row they spoke of is another's by then.
CLEAR_SECONDS = 60.0
_TICK = 0.25
# One listens, the others fetch and finish.
_CONNECTIONS = 4


def by_jobs(hands: Hands, pool: Executor, stopping: threading.Event) -> None:
    """Carry what jobs call for until told to stop; what is under way is finished first."""
    taker = threading.Thread(target=_take_jobs, args=(hands, pool, stopping), name="jobs")
    taker.start()
    looks: list[Future[None]] = []
    while not stopping.wait(LOOK_SECONDS):
        if all(one.done() for one in looks):
            looks = [pool.submit(look, hands, stopping) for _ in range(hands.settings.push.parallel)]
    taker.join()


def look(hands: Hands, stopping: threading.Event, only: int | None = None) -> None:
    """Carry this delivery if it may be carried now, and after it whatever else is due."""
    claim = hands.claim(only)
    while claim is not None:
        hands.carry(claim)
        claim = None if stopping.is_set() else hands.claim()


def _take_jobs(hands: Hands, pool: Executor, stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            asyncio.run(_work(hands, pool, stopping))
        except Exception as error:  # whatever keeps it from working, our own looks carry on
            log.warning("jobs cannot be taken now, will try again: %s", error)
            stopping.wait(AGAIN_SECONDS)


async def _work(hands: Hands, pool: Executor, stopping: threading.Event) -> None:
    app = _app(hands.store)

    @app.task(name=TASK, queue=QUEUE)
    async def take(delivery: int) -> None:
        await asyncio.get_running_loop().run_in_executor(pool, look, hands, stopping, delivery)

    async with app.open_async():
        working = asyncio.create_task(
            app.run_worker_async(
                name=hands.name,
                queues=[QUEUE],
                concurrency=hands.settings.push.parallel,
                fetch_job_polling_interval=FETCH_SECONDS,
                delete_jobs="always",
                install_signal_handlers=False,
            )
        )
        await _until_over(app, working, stopping)
        working.cancel()  # it finishes what it has begun
        await asyncio.gather(working, return_exceptions=True)
        if not working.cancelled() and (error := working.exception()):
            raise error


async def _until_over(app: procrastinate.App, working: asyncio.Task[None], stopping: threading.Event) -> None:
    clock = asyncio.get_running_loop().time
    cleared = clock()
    while not stopping.is_set() and not working.done():
        await asyncio.sleep(_TICK)
        if clock() - cleared > CLEAR_SECONDS:
            cleared = clock()
            await clear(app)


async def clear(app: procrastinate.App) -> None:
    """Delete the jobs of workers that died."""
    stalled: Iterable[procrastinate.jobs.Job] = await app.job_manager.get_stalled_jobs(queue=QUEUE)
    for job in stalled:
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)


def _app(store: Store) -> procrastinate.App:
    address = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connector = procrastinate.PsycopgConnector(conninfo=address, min_size=1, max_size=_CONNECTIONS)
    return procrastinate.App(connector=connector)
