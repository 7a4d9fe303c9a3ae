"""Judges what a source brings: each rule takes measures and returns one finding. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Final

from adsum_camera.adapters.capture import StreamFacts
from adsum_camera.doctor.findings import Finding, Number, Verdict
from adsum_camera.doctor.measures import THIRDS, Light, Pace, SeenFace
from adsum_camera.zones import Zone
from adsum_vision.quality import ENROLMENT, MATCHING

GOOD, LOOK, BROKEN = Verdict.GOOD, Verdict.LOOK, Verdict.BROKEN

SLOW_OPENING_S: Final = 5.0
LONG_GAP_S: Final = 2.0
BLACK: Final = 0.04
EVEN: Final = 0.012
"""Contrast below which a picture shows nothing: a lens cap, a hand, a wall at a finger's breadth."""

DARK, BRIGHT = 0.15, 0.85
MOST_UNDEREXPOSED, MOST_OVEREXPOSED = 0.5, 0.45
"""Of 11 group photos (indoor, some on white) none has more than 0.24 and 0.39."""

SHARP_PICTURE: Final = 0.002
"""Group photos lie between 0.004 and 0.046; blurred by 6 pixels of 1920 all lie at 0.0011 or below."""

TOO_SMALL_SHARE: Final = 0.1

REASONS: Final = {
    "face_too_small": "too small",
    "too_blurred": "blurred",
    "turned_away": "turned away",
    "too_dark": "too dark",
    "too_bright": "too bright",
    "cut_by_the_edge": "cut by the edge",
    "low_detection_score": "doubtful",
}


def opening(opened_in_s: float | None, facts: StreamFacts | None, trouble: str | None) -> Finding:
    """Judge whether, and how fast, the first picture came."""
    if opened_in_s is None:
        said = (trouble or "no picture came in time").rstrip(".")
        return Finding(
            "source", BROKEN, said, "mend this first: nothing else can be seen", {"opened_in_s": None}
        )
    stream = "" if facts is None else f", {facts.codec} by {facts.backend}"
    numbers: dict[str, Number] = {"opened_in_s": round(opened_in_s, 2)}
    if facts is not None:
        numbers |= {"codec": facts.codec, "backend": facts.backend, "declared_fps": round(facts.fps, 2)}
    said = f"first picture after {opened_in_s:.1f} s{stream}"
    if opened_in_s > SLOW_OPENING_S:
        advice = "a key frame every 1 to 2 s, set in the camera, makes it come back faster"
        return Finding("source", LOOK, said, advice, numbers)
    return Finding("source", GOOD, said, numbers=numbers)


def resolution(width: int, height: int) -> Finding:
    """Judge the size of the pictures."""
    numbers: dict[str, Number] = {"width": width, "height": height}
    said = f"{width} x {height}"
    if min(width, height) < 720:
        return Finding(
            "resolution", LOOK, said, "take the camera's main stream, 1920 x 1080 or more", numbers
        )
    return Finding("resolution", GOOD, said, numbers=numbers)


def rate(measured: Pace | None, wanted_fps: float) -> Finding:
    """Judge how many frames come, and how evenly."""
    if measured is None:
        return Finding("frames", BROKEN, "a single frame came", "look at cable, network and camera")
    numbers: dict[str, Number] = {
        "fps": round(measured.fps, 2),
        "jitter_s": round(measured.jitter_s, 4),
        "longest_gap_s": round(measured.longest_gap_s, 3),
    }
    said = (
        f"{measured.fps:.1f} a second, gaps within {1000 * measured.jitter_s:.0f} ms, "
        f"longest {measured.longest_gap_s:.2f} s"
    )
    if measured.fps < 1:
        return Finding("frames", BROKEN, said, "fewer than one a second: look at cable and network", numbers)
    if measured.longest_gap_s > LONG_GAP_S:
        return Finding("frames", LOOK, said, "they come in bursts: is it Wi-Fi? use a cable", numbers)
    if measured.fps < 0.9 * wanted_fps:
        advice = f"fewer than the {wanted_fps:g} looked at each second: raise them in the camera"
        return Finding("frames", LOOK, said, advice, numbers)
    return Finding("frames", GOOD, said, numbers=numbers)


def change(different: int, frames: int, moving: float) -> Finding:
    """Judge whether the picture lives: a sensor's grain alone makes every frame another."""
    numbers: dict[str, Number] = {"different_pictures": different, "moving": round(moving, 4)}
    if different == 1 and frames > 1:
        advice = "the stream is frozen: restart the camera (a recording of a still is no fault)"
        return Finding("movement", BROKEN, f"{frames} times the very same picture", advice, numbers)
    said = f"{100 * moving:.1f} % of the picture moves" if moving >= 0.0005 else "nobody moves"
    return Finding("movement", GOOD, said, numbers=numbers)


def exposure(measured: Light) -> Finding:
    """Judge the light: a covered or capped lens first, then too little and too much."""
    numbers: dict[str, Number] = {
        "brightness": round(measured.brightness, 3),
        "underexposed": round(measured.underexposed, 3),
        "overexposed": round(measured.overexposed, 3),
        "contrast": round(measured.contrast, 4),
    }
    said = (
        f"brightness {100 * measured.brightness:.0f} %, {100 * measured.underexposed:.0f} % nearly black, "
        f"{100 * measured.overexposed:.0f} % nearly white"
    )
    verdict, advice = _light_verdict(measured)
    return Finding("light", verdict, said, advice, numbers)


def _light_verdict(measured: Light) -> tuple[Verdict, str]:
    if measured.brightness < BLACK and measured.overexposed < 0.01:
        return BROKEN, "the picture is black: take the cap off, switch on the light"
    if measured.contrast < EVEN:
        return BROKEN, "the picture is one even grey: is the lens covered?"
    if measured.brightness < DARK or measured.underexposed > MOST_UNDEREXPOSED:
        return LOOK, "too dark: more light, or a longer exposure (up to 1/60 s) in the camera"
    if measured.brightness > BRIGHT or measured.overexposed > MOST_OVEREXPOSED:
        return LOOK, "too bright: turn it away from the window, or lower the exposure"
    return GOOD, ""


def focus(of_picture: float, of_faces: Sequence[float]) -> Finding:
    """Judge the sharpness: of the faces that are large enough to tell, else of the whole picture."""
    numbers: dict[str, Number] = {"picture": round(of_picture, 5), "faces": None}
    advice = "focus the lens, clean it, and look for motion blur"
    if not of_faces:
        said = f"picture {of_picture:.4f} (blurred below {SHARP_PICTURE:g})"
        verdict = LOOK if of_picture < SHARP_PICTURE else GOOD
        return Finding("sharpness", verdict, said, advice if verdict is LOOK else "", numbers)
    middle = median(of_faces)
    numbers["faces"] = round(middle, 4)
    bounds = f"blurred below {MATCHING.min_sharpness:g}, good from {ENROLMENT.min_sharpness:g}"
    said = f"faces {middle:.3f} ({bounds})"
    if middle < MATCHING.min_sharpness:
        return Finding("sharpness", BROKEN, said, advice, numbers)
    verdict = LOOK if middle < ENROLMENT.min_sharpness else GOOD
    return Finding("sharpness", verdict, said, advice if verdict is LOOK else "", numbers)


def faces(seen: Sequence[SeenFace], pictures: int, smallest_px: float) -> Finding:
    """Judge how large the faces are, by where they are, and how many could be told apart.

    `smallest_px` is the smallest that the camera looks for.
    """
    if not seen:
        advice = "have people sit where pupils sit, also in the last row, and ask again"
        return Finding(
            "faces", LOOK, f"none in {pictures} pictures", advice, {"faces": 0, "pictures": pictures}
        )
    sizes = [face.px for face in seen]
    refused = Counter(face.reason for face in seen if face.reason is not None)
    usable = len(seen) - refused.total()
    causes = ", ".join(f"{count} {REASONS[reason]}" for reason, count in refused.most_common())
    said = (
        f"{len(seen) / pictures:.1f} a picture, {_sizes(sizes)}; "
        f"{100 * usable / len(seen):.0f} % usable{f' ({causes})' if causes else ''}"
    )
    numbers: dict[str, Number] = {
        "faces": len(seen),
        "pictures": pictures,
        "usable": usable,
        "min_px": round(min(sizes), 1),
        "median_px": round(median(sizes), 1),
        **dict(sorted(refused.items())),
    }
    return Finding("faces", *_faces_verdict(sizes, usable, said, smallest_px), numbers)


def _faces_verdict(
    sizes: Sequence[float], usable: int, said: str, smallest_px: float
) -> tuple[Verdict, str, str]:
    small = sum(size < smallest_px for size in sizes)
    nearer = smallest_px / min(sizes)
    advice = f"{small} below {smallest_px:g} px: {nearer:.1f} times nearer, or as many times the pixels"
    if usable == 0:
        return (
            BROKEN,
            said,
            advice if small else "no face could be told from another: see light and sharpness",
        )
    if small > TOO_SMALL_SHARE * len(sizes):
        return LOOK, said, advice
    return GOOD, said, ""


def rows(seen: Sequence[SeenFace], smallest_px: float) -> tuple[Finding, ...]:
    """Say for each third of the picture (the back of the room is at the top) how large its faces are."""
    by_third = [(third, [face.px for face in seen if face.third == third]) for third in THIRDS]
    return tuple(_row(third, sizes, smallest_px) for third, sizes in by_third if sizes)


def zones(marked: Sequence[Zone], found: int, left: int) -> tuple[Finding, ...]:
    """Say which zones there are and how many of the faces found their masks leave; nothing without zones."""
    if not marked:
        return ()
    kinds = Counter(zone.kind for zone in marked)
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    numbers: dict[str, Number] = {**dict(sorted(kinds.items())), "faces": found, "masked": found - left}
    if not kinds["mask"]:
        return (Finding("zones", GOOD, said, numbers=numbers),)
    said += f"; masks hide {found - left} of {found} faces"
    if found and not left:
        advice = "the masks hide everybody: draw them smaller (corners are shares of width and height)"
        return (Finding("zones", LOOK, said, advice, numbers),)
    return (Finding("zones", GOOD, said, numbers=numbers),)


def _sizes(sizes: Sequence[float]) -> str:
    return f"{min(sizes):.0f} to {max(sizes):.0f} px (median {median(sizes):.0f})"


def _row(third: str, sizes: Sequence[float], smallest_px: float) -> Finding:
    small = sum(size < smallest_px for size in sizes)
    said = f"{len(sizes)} faces, {_sizes(sizes)}, {small} too small"
    numbers: dict[str, Number] = {
        "faces": len(sizes),
        "min_px": round(min(sizes), 1),
        "median_px": round(median(sizes), 1),
        "too_small": small,
    }
    verdict = LOOK if small > TOO_SMALL_SHARE * len(sizes) else GOOD
    advice = "too far for this lens: zoom in, or hang a second camera" if verdict is LOOK else ""
    return Finding(f"faces, {third} third", verdict, said, advice, numbers)
