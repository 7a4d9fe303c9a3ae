"""Judges what the server says of itself: tables, services, disks, streams, models, cameras, backup. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from adsum_api.health.schemas import DeploymentOut, ServiceOut
from adsum_local.doctor.findings import Finding, Verdict
from adsum_local.doctor.spans import said

EXPECTED: Final = ("api-worker", "beat", "dispatcher", "recognizer")
IDLE: Final = timedelta(seconds=60)
"""What looks at tasks or streams every second and has done neither for so long is stuck; beat queues
something every five seconds."""

LATE: Final = timedelta(seconds=30)
LOST: Final = timedelta(minutes=5)
"""How long the oldest crop may wait: from the first on names come late, from the second on nobody works."""
LONG_QUEUE, FULL_QUEUE = 1_000, 10_000
"""Of tasks. From the second on the dispatcher takes nothing new from the cameras (`FOLLOW_UPS_MAX`)."""

LITTLE_FREE, NO_FREE = 0.15, 0.05
MUCH_MEMORY, NO_MEMORY = 0.8, 0.95
SILENT: Final = timedelta(seconds=60)
CLOCK_OFF_S: Final = 5.0

OLD_BACKUP, NO_BACKUP = timedelta(hours=26), timedelta(days=7)
"""Two hours more than a day: a nightly backup may take its time."""

Checksums = Mapping[str, Mapping[str, str]]
"""By model, the SHA-256 of each of its files as its makers published them."""


def judged(told: DeploymentOut, checksums: Checksums) -> Iterator[Finding]:
    """Judge everything that the server told, but versions."""
    yield from services(told.services)
    yield from disks(told)
    yield streams(told)
    yield queues(told.queues)
    yield models(told, checksums)
    yield cameras(told)
    yield backup(told)


def services(there: Sequence[ServiceOut]) -> Iterator[Finding]:
    """Judge whether everybody who is needed is there, and works."""
    for name in EXPECTED:
        check, of_it = f"service {name}", [each for each in there if each.service == name]
        idle = [timedelta(seconds=each.idle_s) for each in of_it]
        if not of_it:
            advice = "start it, and see its log: `docker compose ps`, `docker compose logs`"
            yield Finding(check, Verdict.FAIL, "has said nothing for a minute", advice)
        elif min(idle) > IDLE:
            told = f"lives and has done nothing for {said(min(idle))}"
            yield Finding(check, Verdict.FAIL, told, "start it again, and see its log for what it waits for")
        else:
            yield Finding(check, Verdict.OK, _there(of_it, idle), numbers={"processes": len(of_it)})


def _there(of_it: Sequence[ServiceOut], idle: Sequence[timedelta]) -> str:
    stuck = sum(each > IDLE for each in idle)
    many = "one process" if len(of_it) == 1 else f"{len(of_it)} processes"
    return f"{many}, alive {said(min(idle))} ago" + (f"; {stuck} of them stuck" if stuck else "")


def disks(told: DeploymentOut) -> Iterator[Finding]:
    """Judge the fullest disk that some service sees, and whether the Redis servers can write to theirs."""
    seen = [("api", disk) for disk in told.disks]
    seen += [(each.service, disk) for each in told.services for disk in each.disks]
    if seen:
        who, least = min(seen, key=lambda each: each[1].free_bytes / each[1].total_bytes)
        yield _disk(
            f"{who}'s {least.holds}", least.free_bytes, least.total_bytes, told.schema_.database_bytes
        )
    servers = [told.broker, told.streams.server if told.streams else None]
    if forgetful := [each.name for each in servers if each is not None and not each.entries_kept]:
        told_of = f"{' and '.join(forgetful)}: what is written does not reach the append-only file"
        yield Finding(
            "Redis' files", Verdict.FAIL, told_of, "make room on its disk; is `appendonly yes` set?"
        )
    elif any(servers):
        names = " and ".join(each.name for each in servers if each is not None)
        yield Finding("Redis' files", Verdict.OK, f"{names}: written, the last time too")


def _disk(where: str, free: int, total: int, database: int) -> Finding:
    share = free / total
    seen = f"{share:.0%} free of {_gigabytes(total)} ({where}); the database takes {_gigabytes(database)}"
    numbers = {"free_share": round(share, 3), "free_bytes": free, "database_bytes": database}
    if share >= LITTLE_FREE:
        return Finding("disk", Verdict.OK, seen, numbers=numbers)
    verdict = Verdict.FAIL if share < NO_FREE else Verdict.WARN
    return Finding("disk", verdict, seen, "make room: `docker system df`, old backups, old images", numbers)


def streams(told: DeploymentOut) -> Finding:
    """Judge how long crops wait."""
    now = told.streams
    if now is None:
        return Finding("streams", Verdict.FAIL, "no dispatcher tells of them", "see to the dispatcher first")
    oldest = timedelta(seconds=now.oldest_age_s)
    share = now.server.memory_bytes / now.server.memory_limit_bytes if now.server.memory_limit_bytes else 0.0
    numbers = {"entries": now.entries, "in_flight": now.in_flight, "oldest_age_s": round(now.oldest_age_s, 1),
               "dead_letters": now.dead_letters, "memory_share": round(share, 3)}  # fmt: skip
    seen = f"{now.entries:,} entries, {now.in_flight:,} under way"
    seen += f", the oldest {said(oldest)} old" if now.entries else ""
    seen += f"; {share:.0%} of the server's memory" if now.server.memory_limit_bytes else ""
    if oldest > LOST or share > NO_MEMORY:
        return Finding("streams", Verdict.FAIL, seen, "start the recognizer; see its log", numbers)
    if oldest > LATE or share > MUCH_MEMORY:
        return Finding("streams", Verdict.WARN, seen, "start another: `--scale recognizer=2`", numbers)
    if now.dead_letters:
        seen += f"; {now.dead_letters:,} given up within a day"
        return Finding("streams", Verdict.WARN, seen, "the recognizer's log says why (entry_buried)", numbers)
    return Finding("streams", Verdict.OK, seen, numbers=numbers)


def queues(depths: Mapping[str, int]) -> Finding:
    """Judge how many tasks nobody has taken."""
    if not depths:
        return Finding("queues", Verdict.FAIL, "the broker does not answer the api", "start it again")
    name, most = max(depths.items(), key=lambda each: each[1])
    if most < LONG_QUEUE:
        return Finding("queues", Verdict.OK, f"{sum(depths.values()):,} tasks wait", numbers=depths)
    verdict = Verdict.FAIL if most >= FULL_QUEUE else Verdict.WARN
    advice = "start another worker: `--scale recognizer=2`; of `attendance`, `--scale api-worker=2`"
    return Finding("queues", verdict, f"{most:,} tasks wait in {name}", advice, depths)


def models(told: DeploymentOut, checksums: Checksums) -> Finding:
    """Judge what faces are compared by: it passed its test, and its files are those that were published."""
    loaded = [model for each in told.services for model in each.models]
    if not loaded:
        advice = "see the recognizer's log, and `adsum-recognizer models`"
        return Finding(
            "model", Verdict.FAIL, "no recognizer tells of a model that passed its self-test", advice
        )
    for model in loaded:
        published = checksums.get(model.name)
        if published is None:
            seen = f"{model.name} is not known to this doctor"
            return Finding("model", Verdict.WARN, seen, "use the doctor of the server's version")
        if {file.name: file.sha256 for file in model.files} != dict(published):
            seen = f"the files of {model.name} are not those that were published"
            advice = f"`adsum-recognizer models pull {model.name}`, then start the recognizers again"
            return Finding("model", Verdict.FAIL, seen, advice)
    names = sorted({model.name for model in loaded})
    if told.embedder not in names:
        seen = f"recognizers run {', '.join(names)}, the api is set to {told.embedder}"
        return Finding("model", Verdict.WARN, seen, "set ADSUM_EMBEDDER alike for both")
    lowest = min(model.agreement for model in loaded)
    seen = f"{', '.join(names)} on {loaded[0].device}: files as published, self-test passed ({lowest:.4f})"
    return Finding("model", Verdict.OK, seen, numbers={"agreement": round(lowest, 5), "loaded": len(loaded)})


def cameras(told: DeploymentOut) -> Finding:
    """Judge which boxes speak, and by which clock. A classroom may be switched off: so nothing fails here."""
    heard, never = told.cameras.heard, told.cameras.never_heard
    silent = [each for each in heard if each.heard_s_ago > SILENT.total_seconds()]
    skewed = [each for each in heard if abs(each.clock_offset_s or 0.0) > CLOCK_OFF_S]
    numbers = {"heard": len(heard), "silent": len(silent), "never_heard": never, "clock_off": len(skewed)}
    if not heard and not never:
        return Finding("cameras", Verdict.OK, "there is none yet", numbers=numbers)
    seen = f"{len(heard) - len(silent)} of {len(heard) + never} speak"
    seen += f"; {len(skewed)} with a clock that is more than {CLOCK_OFF_S:.0f} s off" if skewed else ""
    if silent or never or skewed:
        ids = ", ".join(str(each.id) for each in (*silent, *skewed)[:3])
        advice = (
            f"see /v1/cameras/ID/health{f' of {ids}' if ids else ''}, and `adsum-camera doctor` on the box"
        )
        return Finding("cameras", Verdict.WARN, seen, advice, numbers)
    return Finding("cameras", Verdict.OK, seen, numbers=numbers)


def backup(told: DeploymentOut) -> Finding:
    """Judge how old the last backup is by the server's own clock."""
    advice = "run `adsum-api backup` each night, or `--made-elsewhere` after a pg_dump: docs/backup.md"
    if told.backup is None:
        return Finding("backup", Verdict.WARN, "none was ever noted", advice)
    age = told.at - told.backup.at
    how = "sealed" if told.backup.how == "sealed" else "made elsewhere"
    numbers = {"age_s": round(age.total_seconds())}
    seen = f"the last is {said(age)} old ({how})"
    if age > OLD_BACKUP:
        verdict = Verdict.FAIL if age > NO_BACKUP else Verdict.WARN
        return Finding("backup", verdict, seen, advice, numbers)
    return Finding("backup", Verdict.OK, seen, numbers=numbers)


def versions(told: DeploymentOut, release: str, head: str) -> Finding:
    """Judge whether server, tables, services and this doctor are of one version."""
    seen = f"{told.release}, tables {told.schema_.applied}"
    if told.schema_.applied != told.schema_.expected:
        seen = f"the tables are of {told.schema_.applied}, the api expects {told.schema_.expected}"
        return Finding("versions", Verdict.FAIL, seen, "run `adsum-api db upgrade` (the service migrate)")
    if others := sorted({f"{each.service} {each.release}" for each in told.services
                         if each.release != told.release}):  # fmt: skip
        seen = f"the api is {told.release}, but {', '.join(others)}"
        return Finding("versions", Verdict.FAIL, seen, "`docker compose up -d --force-recreate`")
    if (told.release, told.schema_.expected) != (release, head):
        seen += f"; this doctor is {release}, tables {head}"
        return Finding("versions", Verdict.WARN, seen, "use the doctor of the server's version")
    return Finding("versions", Verdict.OK, f"{seen}; all services and this doctor alike")


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.0f} MB"
