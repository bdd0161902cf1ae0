"""Documents that are translated in the background, a few at once, in the order they came."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    AbstractContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from pathlib import Path
from typing import BinaryIO, Final

from ai_translate.document import Progress
from ai_translate.errors import AITranslateError, Busy, NotFinished, NotFound
from ai_translate.server.document_run import Order, Run
from ai_translate.server.failures import account_of
from ai_translate.settings import Settings
from ai_translate.state.database import Database
from ai_translate.state.job_files import JobFiles, new_job_id
from ai_translate.state.jobs import Job, JobError, Jobs, JobStatus
from ai_translate.translator import Translator

__all__ = ["DocumentJobs"]

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 2
_MOST_WAITING: Final = 16
_MOST_KEPT: Final = 1_000

# How often progress is written down, and how often what is over its time is looked for.
_NOTE_SECONDS: Final = 1.0
_SWEEP_SECONDS: Final = 60.0

_LOST: Final = JobError(
    "state_failure", "What became of the document could not be written down.", "Send it again."
)
_STOPPED: Final = JobError(
    "stopped", "The server was stopped before the document was translated.", "Send it again."
)


class DocumentJobs:
    """The jobs of this process, and what is known of those of others on the same AIT_STATE_DIR.

    Args:
        settings: Where they are kept, for how long, and how many bytes of them.
        database: Where they are written down.
        using: Keeps the translator of a job from being freed for the length of a block.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        using: Callable[[Translator], AbstractContextManager[None]],
    ) -> None:
        self._settings = settings
        self._using = using
        self._database = database
        self._jobs = Jobs(database, settings.document_ttl)
        self._runs: dict[str, Run] = {}
        self._coming: set[str] = set()
        self._arriving = 0
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._notes: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._files: JobFiles | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Has what it needs while the block runs; what is not over by then has failed."""
        if self._database.lasting:
            with _logged():
                await self._opened()
        sweeping = asyncio.create_task(self._sweeping())
        try:
            yield
        finally:
            self._stopping = True
            sweeping.cancel()
            runs = list(self._runs.values())
            for run in runs:
                run.stop()
            await asyncio.gather(
                sweeping, *(run.over() for run in runs), *self._notes, return_exceptions=True
            )
            if self._files is not None:
                await asyncio.to_thread(self._files.close)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for a document that comes in now.

        Raises:
            Busy: As many documents wait as may.
        """
        if self._arriving + len(self._runs) >= _AT_ONCE + _MOST_WAITING:
            raise Busy(
                f"{_MOST_WAITING} documents are waiting already.", hint="Try again in a minute."
            )
        self._arriving += 1
        try:
            yield
        finally:
            self._arriving -= 1

    async def submit(
        self, translator: Translator, order: Order, content: BinaryIO, *, key: str = ""
    ) -> Run:
        """Begins a job, which is that key's."""
        files = await self._opened()
        job_id = new_job_id()
        self._coming.add(job_id)
        try:
            # Files without a row are nobody's: so the row is first.
            await asyncio.to_thread(self._jobs.add, job_id, files.owner, order.called, key=key)
            try:
                await asyncio.to_thread(files.keep_source, job_id, content)
            except BaseException:
                await asyncio.to_thread(self._jobs.remove, job_id)
                raise
            run = self._runs[job_id] = Run(job_id)
        finally:
            self._coming.discard(job_id)
        held = ExitStack()
        held.enter_context(self._using(translator))
        run.task = asyncio.create_task(self._run(run, translator, order, files))
        run.task.add_done_callback(lambda _: held.close())
        return run

    async def first(self, run: Run, seconds: float | None) -> Job:
        """The job as it stands when it is over, or after so many seconds; None waits for its end.

        Whoever is cancelled while waiting gives the job up, whose name nobody has learnt.

        Raises:
            Exception: What the job failed of; it is forgotten then.
        """
        try:
            await run.over(seconds)
        except asyncio.CancelledError:
            await self.give_up(run.id)
            await self.forget(run.id)
            raise
        if run.error is not None:
            await self.forget(run.id)
            raise run.error
        return await self.find(run.id)

    def counts(self) -> dict[JobStatus, int]:
        """How many jobs there are in each state. Blocks.

        Raises:
            StateFailure: The database cannot be read now.
        """
        return self._jobs.counts()

    async def find(self, job_id: str, key: str | None = None) -> Job:
        """The job as it stands.

        Args:
            job_id: Its name.
            key: Whose it must be; None for anybody's.

        Raises:
            NotFound: There is none, or no more, or it is another key's.
        """
        return await asyncio.to_thread(self._jobs.find, job_id, key)

    def progress(self, job: Job) -> float:
        """How much of a job is translated, from 0 to 1: as of now, if it is ours."""
        run = self._runs.get(job.id)
        return job.progress if run is None or job.status.over else run.share

    async def result(self, job_id: str, key: str | None = None) -> tuple[Job, Path]:
        """A job that is done, and the file that came of it. For arguments see `find`.

        Raises:
            NotFound: There is none, or no more, or it is another key's.
            NotFinished: It is not done.
        """
        job = await self.find(job_id, key)
        if job.status is not JobStatus.DONE:
            told = f" {job.error.message}" if job.error else ""
            raise NotFinished(
                f"The document is not translated: it is {job.status}.{told}",
                hint="Send it again." if job.status.over else "Ask how far it is, and try again.",
            )
        path = (await self._opened()).result(job_id)
        if not await asyncio.to_thread(path.is_file):
            raise NotFound("The translated document is there no more.", hint="Send it again.")
        return job, path

    async def give_up(self, job_id: str) -> bool:
        """Cancels a job; whether it was not over."""
        cancelled = await asyncio.to_thread(self._jobs.cancel, job_id)
        run = self._runs.get(job_id)
        if cancelled and run is not None:
            run.stop()
            await run.over()
        return cancelled

    async def forget(self, job_id: str) -> None:
        """Removes a job that is over, and its files."""
        files = await self._opened()
        await asyncio.to_thread(self._jobs.remove, job_id)
        await asyncio.to_thread(files.remove, [job_id])

    async def _run(self, run: Run, translator: Translator, order: Order, files: JobFiles) -> None:
        try:
            async with self._slots:
                if await asyncio.to_thread(self._jobs.begin, run.id):
                    await self._translate(run, translator, order, files)
        except asyncio.CancelledError:
            # By the end of the server, or for a client that has cancelled the job already.
            if self._stopping:
                await order.charge.give_back()
                await asyncio.to_thread(self._jobs.fail, run.id, _STOPPED)
        except Exception as error:  # noqa: BLE001  # whatever it is, the job must say so and end
            run.error = error
            await order.charge.give_back()
            told = account_of(error)
            failure = JobError(told.code, told.message, told.hint)
            with _logged():
                await asyncio.to_thread(self._jobs.fail, run.id, failure)
        finally:
            del self._runs[run.id]
            with _logged():
                await asyncio.to_thread(self._clear, run.id, files)

    def _clear(self, job_id: str, files: JobFiles) -> None:
        """Removes the files of a job that has ended, but for a result."""
        with suppress(NotFound):
            if self._jobs.find(job_id).status is JobStatus.DONE:
                return
        files.remove([job_id])

    async def _translate(
        self, run: Run, translator: Translator, order: Order, files: JobFiles
    ) -> None:
        content = await asyncio.to_thread(files.take_source, run.id)

        def told(progress: Progress) -> Awaitable[None] | None:
            run.progress = progress
            if not progress.done and not run.charged:
                run.charged = True
                return order.charge.spend(progress.characters)
            if time.monotonic() - run.noted > _NOTE_SECONDS:
                run.noted = time.monotonic()
                note = asyncio.create_task(self._note(run))
                self._notes.add(note)
                note.add_done_callback(self._notes.discard)
            return None

        translated = await translator.translate_document_async(
            *(order.name, content, order.source, order.target, order.options),
            reading=order.reading,
            told=told,
            **order.how,
        )
        await self._note(run)
        await asyncio.to_thread(files.keep_result, run.id, translated.content)
        await asyncio.to_thread(
            lambda: self._jobs.finish(
                run.id,
                media_type=translated.media_type,
                size=len(translated.content),
                failed=translated.failed,
            )
        )
        order.charge.count_document()

    async def _note(self, run: Run) -> None:
        """Writes down how far a job is. One that another process has cancelled is ended here."""
        with _logged():
            if await asyncio.to_thread(self._noted, run, run.progress):
                return
            run.stop()

    def _noted(self, run: Run, progress: Progress) -> bool:
        """Whether the job may go on."""
        if self._jobs.advance(run.id, run.share, progress.parts, progress.characters):
            return True
        with suppress(NotFound):
            return self._jobs.find(run.id).status is not JobStatus.CANCELLED
        return False

    async def _opened(self) -> JobFiles:
        """The folder of files. When it is opened, what others have left behind is cleared."""
        async with self._opening:
            if self._files is None:
                path = self._database.path
                folder = None if path is None else path.parent
                self._files = await asyncio.to_thread(JobFiles, folder)
                await asyncio.to_thread(self._sweep, self._files, stray=True)
            return self._files

    async def _sweeping(self) -> None:
        while True:
            await asyncio.sleep(min(_SWEEP_SECONDS, self._settings.document_ttl))
            if self._files is not None:
                with _logged():
                    await asyncio.to_thread(self._sweep, self._files)

    def _sweep(self, files: JobFiles, *, stray: bool = False) -> None:
        gone = files.gone(self._jobs.owners())
        files.remove(self._jobs.abandon(gone, _STOPPED))
        # Whose end could not be written down, since the disk was full then.
        for job_id in self._jobs.open_of(files.owner).difference(self._coming, self._runs):
            self._jobs.fail(job_id, _LOST)
        files.remove(
            self._jobs.expire(most_jobs=_MOST_KEPT, most_bytes=self._settings.documents_bytes)
        )
        if stray:
            files.remove(files.stray() - self._jobs.ids())


@contextmanager
def _logged() -> Iterator[None]:
    """Logs an error of what is kept, where nobody waits for it."""
    with suppress(AITranslateError):
        try:
            yield
        except AITranslateError as error:
            _log.warning("%s", error)
            raise
