"""Wake-up calls for long jobs. They carry an id and nothing else; losing one costs seconds."""

from uuid import UUID

from celery import shared_task


@shared_task(name="foundation.run_job")
def run_job_task(job_id: str) -> None:
    from foundation.jobs import run_job

    run_job(job_id=UUID(job_id))
