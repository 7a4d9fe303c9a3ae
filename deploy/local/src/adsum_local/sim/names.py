"""Invented names from many places, given out from a seed; no two people share one."""

from __future__ import annotations

from typing import Final

import numpy as np

_GIVEN: Final = (
    "Amina Bence Chiara Dmitri Elif Fatou Goran Hana Ibrahim Jolanta Kwame Leila Mateus Nia Oskar Priya "
    "Quang Rosa Samuel Tariq Uma Viktor Wanjiru Ximena Yusuf Zofia Aiko Brendan Camila Daoud Eszter Femi "
    "Grace Hyun Ines Jamal Katya Liam Malik Ngozi Olga Pedro Rania Sven Thandi Ula Vikram Wei Yara Zuri"
).split()
_FAMILY: Final = (
    "Abara Baptista Castellanos Diallo Eriksen Fonseca Gupta Haddad Ivanova Jansen Kimura Lindqvist "
    "Mbeki Nowak Okafor Petrov Quispe Rahman Silva Tanaka Ueda Varga Wójcik Xu Yilmaz Zhang Ahmadi "
    "Bianchi Costa Demir Farah Gonzalez Horvat Ito Joshi Kovács Larsen Moreau Nguyen O'Neill Park Rossi "
    "Sato Traoré Van-Dijk Weber Youssef Zamora"
).split()


def invent_names(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    """Return `count` different names; given names repeat only when all have been used."""
    names: dict[str, None] = {}
    while len(names) < count:
        given, family = rng.permutation(_GIVEN), rng.permutation(_FAMILY)
        names |= {f"{one} {other}": None for one, other in zip(given, family, strict=False)}
    return tuple(names)[:count]
