"""Students' parents and guardians, as OneRoster's users name each other (`agentSourcedIds`). Pure.

An import never decides of a face: it registers and ends parents only where that begins and ends no consent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from adsum_api.rosters import layout
from adsum_api.rosters.faults import Fault
from adsum_api.rosters.records import PARENT_ROLES, RELATIVE, Received
from adsum_api.rosters.roster import Families, Guardianship, Kinship, KnownGuardian, Roster, WantedFamilies

AGENTS: Final = "agentSourcedIds"
WOULD_END: Final = (
    "names one more parent, with whom the student's consent would end, for this school asks each: record "
    "what that parent says by hand"
)
SPOKEN_OF: Final = (
    "no longer names a parent, and somebody has spoken of this student's face: remove the parent by hand if "
    "it is meant"
)


@dataclass(frozen=True, slots=True)
class FamilyPlan:
    """What changes among the parents; who is removed was never heard, so nothing hangs on them."""

    added: tuple[Guardianship, ...] = ()
    changed: tuple[tuple[UUID, Guardianship], ...] = ()
    removed: tuple[KnownGuardian, ...] = ()
    unchanged: int = 0
    faults: tuple[Fault, ...] = ()


def relations_of(received: Received, known: Roster) -> dict[str, str]:
    """Return who is a parent, guardian or relative, at whatever school; of several roles the nearest.

    A file that does not say everybody's role leaves parents what they were.
    """
    found: dict[str, str] = {}
    users = received.users.records
    said = [(key, each.record.role) for key, each in users.items()]
    said += [(each.record.user, each.record.role) for each in received.roles.records.values()]
    for role in (RELATIVE, *sorted(PARENT_ROLES)):  # "parent" comes last, and stays
        found |= {user: role for user, its_role in said if its_role == role}
    told = users.keys() if received.version == "1.1" or received.roles.complete else set()
    lost = {each.record.user for each in received.roles.removed.values()}
    gone = lost | received.users.removed.keys() | told
    kept = {
        each.guardian: each.relation
        for each in known.families.guardians
        if each.guardian and each.guardian not in gone
    }
    return kept | found


def wanted_families(
    received: Received, students: Collection[str], known: Roster, passed_over: Counter[str]
) -> WantedFamilies:
    """Return whose parents the zip names among `students`, the school's own; faults go to `received`.

    In a whole file a pair that neither row names ends. In a delta it ends where the student's row names
    others alone, or where the parent or their role is deleted. A file without any parent ends none.
    """
    reading = _Reading(received, students, known, relations_of(received, known))
    wanted = dict(reading.guardianships())
    passed_over.update(reading.passed_over({guardian for _, guardian in wanted}))
    return WantedFamilies(wanted, dict(reading.ends(wanted.keys())))


@dataclass(frozen=True, slots=True)
class _Reading:
    received: Received
    students: Collection[str]
    known: Roster
    relations: Mapping[str, str]

    def guardianships(self) -> Iterator[tuple[Kinship, tuple[int, Guardianship]]]:
        """Yield every pair that either row names; what a student's row names wrongly is a fault."""
        names = {each.guardian: each.name for each in self.known.families.guardians if each.guardian}
        users = self.received.users.records
        names |= {key: f"{each.record.given_name} {each.record.family_name}" for key, each in users.items()}
        for line, student, guardian in self._named():
            relation = self.relations.get(guardian)
            if relation in PARENT_ROLES and guardian in names:
                yield (student, guardian), (line, Guardianship(guardian, student, names[guardian], relation))

    def _named(self) -> Iterator[tuple[int, str, str]]:
        """Yield line, student and agent, of parents' rows first: a student's own says the line."""
        users = self.received.users.records
        for guardian, filed in users.items():
            if self.relations.get(guardian) in PARENT_ROLES:
                yield from (
                    (filed.line, each, guardian) for each in filed.record.agents if each in self.students
                )
        for student, filed in users.items():
            if student in self.students:
                self._check(filed.line, filed.record.agents)
                yield from ((filed.line, student, each) for each in filed.record.agents)

    def _check(self, line: int, agents: Collection[str]) -> None:
        """Many systems name agents and send no parents; where parents are sent, each has to be there."""
        users = self.received.users
        there = {*users.records, *users.removed, *users.refused, *self.relations}
        if self.names_parents:
            self.received.faults.extend(
                Fault(layout.USERS, line, AGENTS, f"refers to {each!r}, which is not there")
                for each in agents
                if each not in there
            )

    @property
    def names_parents(self) -> bool:
        """Whether the file has any parent or guardian."""
        return any(self.relations.get(user) in PARENT_ROLES for user in self.received.users.records)

    def passed_over(self, taken: Collection[str]) -> Counter[str]:
        """Count the family whom the record does not take, by reason."""
        found: Counter[str] = Counter()
        for user in self.received.users.records.keys() & self.relations.keys() - taken:
            relative = self.relations[user] == RELATIVE
            found["relatives" if relative else "parents and guardians of no student of this school"] += 1
        return found

    def ends(self, wanted: Collection[Kinship]) -> Iterator[tuple[Kinship, Fault]]:
        """Yield each known pair that is over, with where the zip says so."""
        for each in self.known.families.guardians:
            if each.guardian is None or (each.student, each.guardian) in wanted:
                continue
            if (place := self._ended_at(each.student, each.guardian)) is not None:
                yield (each.student, each.guardian), Fault(*place, SPOKEN_OF)

    def _ended_at(self, student: str, guardian: str) -> tuple[str, int, str] | None:
        users, roles = self.received.users, self.received.roles
        if guardian in users.removed:
            return layout.USERS, users.removed[guardian].line, "status"
        if guardian not in self.relations:
            for filed in roles.removed.values():
                if filed.record.user == guardian:
                    return layout.ROLES, filed.line, "status"
        row = users.records.get(student)
        if row is None or student not in self.students or guardian in users.refused:
            return None
        says_all = self.names_parents if self._is_complete else bool(row.record.agents)
        return (layout.USERS, row.line, AGENTS) if says_all else None

    @property
    def _is_complete(self) -> bool:
        roles_known = self.received.version == "1.1" or (
            self.received.roles.complete and not self.received.roles.refused
        )
        return self.received.users.complete and roles_known


def plan_families(wanted: WantedFamilies, known: Families) -> FamilyPlan:
    """Return what is to change among the parents. Whom a person removed stays removed; who was typed in is
    taken over by name."""
    added: list[Guardianship] = []
    changed: list[tuple[UUID, Guardianship]] = []
    faults: list[Fault] = []
    there, unchanged = _There.of(known), 0
    for line, each in wanted.guardianships.values():
        old = there.find(each)
        if old is None and each.student in known.held:
            faults.append(Fault(layout.USERS, line, AGENTS, WOULD_END))
        elif old is None:
            added.append(each)
        elif old.ended or _as_wanted(old) == each:
            unchanged += 1
        else:
            changed.append((old.id, each))
    over = [(there.pairs[pair], fault) for pair, fault in wanted.ends.items() if not there.pairs[pair].ended]
    faults += [fault for old, fault in over if old.student in known.heard]
    removed = tuple(old for old, _ in over if old.student not in known.heard)
    return FamilyPlan(tuple(added), tuple(changed), removed, unchanged, tuple(faults))


@dataclass(frozen=True, slots=True)
class _There:
    pairs: Mapping[Kinship, KnownGuardian]
    typed: Mapping[Kinship, KnownGuardian]

    @classmethod
    def of(cls, known: Families) -> _There:
        running_last = sorted(known.guardians, key=lambda each: not each.ended)
        return cls(
            {(each.student, each.guardian): each for each in running_last if each.guardian},
            {(each.student, each.name.casefold()): each for each in running_last if not each.guardian},
        )

    def find(self, wanted: Guardianship) -> KnownGuardian | None:
        """Return the parent of the record by id, else who was typed in under their name."""
        return self.pairs.get(wanted.pair) or self.typed.get((wanted.student, wanted.name.casefold()))


def _as_wanted(old: KnownGuardian) -> Guardianship | None:
    return Guardianship(old.guardian, old.student, old.name, old.relation) if old.guardian else None
