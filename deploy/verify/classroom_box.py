"""deploy/edge, as a second composition in a network of its own: joined by a token, filming while servers die,
shut out.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.verify.checks import Finding
from deploy.verify.composition import HOST, PORTS, ROOT, Composition, Failed, compose_command, run
from deploy.verify.door import Door

BOX: Final = "adsum-verify-box"
AGENT_UID: Final = 10001
FILMED_S: Final = 600
TWICE: Final = 50
SETTLED_S: Final = 120

OVERRIDE: Final = {
    "services": {
        # A recording in place of a camera: it ends, and then says whether the server has all of it.
        "agent": {
            "command": ["run", "--cameras", "/config/cameras.toml", "--once"],
            "restart": "on-failure",
            "environment": {"ADSUM_ONCE_PATIENCE_S": "300", "ADSUM_LATER_CROP_EVERY_S": "5"},
            "extra_hosts": [f"{HOST}:host-gateway"],
        },
        "join": {"extra_hosts": [f"{HOST}:host-gateway"]},
    }
}


@dataclass(frozen=True)
class ClassroomBox:
    """A box of one camera; `folder` is its /opt/adsum."""

    folder: Path
    camera_id: str

    def furnish(self, composition: Composition) -> None:
        """Lay in its folder what an administrator brings, and the drawn lesson for a camera's picture."""
        shutil.rmtree(self.folder, ignore_errors=True)
        config = self.folder / "config"
        config.mkdir(parents=True)
        shutil.copyfile(ROOT / "deploy/edge/docker-compose.yml", self.folder / "docker-compose.yml")
        shutil.copyfile(composition.secrets / "ca.pem", config / "ca.pem")
        (self.folder / "override.json").write_text(json.dumps(OVERRIDE), "utf-8")
        camera = f'[[camera]]\nname = "Room 12"\nid = "{self.camera_id}"\nsource = "/config/lesson.mp4"\n'
        (config / "cameras.toml").write_text(camera, "utf-8")
        classroom = composition.containers()["simulated-classroom-1"]["Id"]
        run("docker", "cp", f"{classroom}:/scene/film/lesson.mp4", str(config / "lesson.mp4"))
        for file in (config, *config.iterdir()):
            os.chown(file, AGENT_UID, AGENT_UID)
            file.chmod(0o700 if file.is_dir() else 0o400)

    def compose(self, *words: str, token: str = "") -> str:
        """Run Compose in its folder; raise `Failed`."""
        told = {
            "ADSUM_SERVER": f"https://{HOST}:{PORTS['ADSUM_HTTPS_PORT']}",
            "ADSUM_CONFIG": str(self.folder / "config"),
            "ADSUM_JOIN_TOKEN": token,
        }
        files = ("-f", str(self.folder / "docker-compose.yml"), "-f", str(self.folder / "override.json"))
        return run(*compose_command(), "-p", BOX, *files, *words, env={**os.environ, **told})

    def ended(self) -> int | None:
        """Return the status with which the agent ended, or None while it runs."""
        state = json.loads(run("docker", "inspect", self._agent()))[0]["State"]
        return None if state["Running"] or state["Restarting"] else int(state["ExitCode"])

    def hardened(self) -> bool:
        """Whether the agent runs as the main composition's services do, and publishes nothing."""
        told = json.loads(run("docker", "inspect", self._agent()))[0]
        host = told["HostConfig"]
        return (
            host["ReadonlyRootfs"]
            and host["CapDrop"] == ["ALL"]
            and not host["CapAdd"]
            and "no-new-privileges:true" in host["SecurityOpt"]
            and told["Config"]["User"].partition(":")[0] == str(AGENT_UID)
            and not any((host["PortBindings"] or {}).values())
        )

    def speak(self, *words: str) -> None:
        """Have the box say something by box_speaks.py; raise `Failed`."""
        script = f"{Path(__file__).with_name('box_speaks.py')}:/box_speaks.py:ro"
        once = ("run", "--rm", "-T", "--no-deps", "-v", script, "--entrypoint", "python")
        self.compose(*once, "agent", "/box_speaks.py", *words)

    def may_speak(self) -> bool:
        """Whether the ingress server knows the credentials that the box keeps."""
        try:
            self.speak("ping")
        except Failed as error:
            if "AuthenticationError" not in str(error):
                raise
            return False
        return True

    def _agent(self) -> str:
        return self.compose("ps", "-q", "agent").strip()


def boxed(composition: Composition, door: Door, meanwhile: Iterable[Finding]) -> Iterator[Finding]:
    """Let a box join and film the drawn lesson while `meanwhile` happens; then shut it out."""
    box = ClassroomBox(composition.folder / "box", door.new_camera())
    box.furnish(composition)
    try:
        yield from _joined(composition, box)
        yield from _sent_twice(composition, box)
        box.compose("up", "-d", "agent")
        yield "the agent runs hardened, and listens to nobody", box.hardened()
        yield from meanwhile
        yield from _all_of_it(composition, box)
        yield from _shut_out(door, box)
    finally:
        box.compose("down", "-v", "--remove-orphans")


def _joined(composition: Composition, box: ClassroomBox) -> Iterator[Finding]:
    words = ("adsum-api", "camera", "join-token", box.camera_id, "--json")
    token = json.loads(composition.execute("api", *words))["token"]
    yield "joins by a token of 15 minutes", "Joined" in box.compose("run", "--rm", "-T", "join", token=token)
    try:
        box.compose("run", "--rm", "-T", "join", token=token)
    except Failed as error:
        yield "the token is refused when it comes again", "used before" in str(error)
    else:
        yield "the token is refused when it comes again", False
    yield "the ingress lets it in", box.may_speak()


def _sent_twice(composition: Composition, box: ClassroomBox) -> Iterator[Finding]:
    box.speak("twice", str(TWICE))
    composition.wait(lambda: _sightings(composition, box)[0] >= TWICE, SETTLED_S)
    time.sleep(SETTLED_S / 10)
    rows, different = _sightings(composition, box)
    yield f"{TWICE} signed crops, each sent twice, are {rows} sightings", rows == different == TWICE


def _sightings(composition: Composition, box: ClassroomBox) -> tuple[int, int]:
    """Count the box's sightings, and the different places in its spools that they came from."""
    asked = f"SELECT count(*) || ' ' || count(DISTINCT (spool_id, sequence)) FROM sightings WHERE camera_id = '{box.camera_id}'"  # noqa: S608, E501 - an id that the server made
    rows, different = map(int, composition.sql(asked).split())
    return rows, different


def _all_of_it(composition: Composition, box: ClassroomBox) -> Iterator[Finding]:
    composition.wait(lambda: box.ended() is not None, FILMED_S)
    yield "the box ended well: the server confirmed all that it spooled", box.ended() == 0
    rows, different = _sightings(composition, box)
    yield f"{rows - TWICE} more sightings of it are in the record, each once", rows == different > TWICE


def _shut_out(door: Door, box: ClassroomBox) -> Iterator[Finding]:
    door.ask("DELETE", f"/v1/cameras/{box.camera_id}/credentials")
    yield "after DELETE …/credentials the ingress does not know it", not box.may_speak()
