"""The stack of docker-compose.yml, in containers, beside the simulated gateway."""

import json
import re
import secrets
import shutil
import sys
from base64 import urlsafe_b64encode
from functools import partial
from pathlib import Path
from typing import Any

from deploy.trial.commands import Failed, fetched, free_port, run, seen, wait
from deploy.trial.images import HERE, ROOT, make_stand_ins

PROJECT = "ioc-trial"
VERSION = "trial"
PODMAN_COMPOSE = "podman-compose==1.6.0"
BACKING = ("postgres", "redis", "gateway")
AIRFLOW = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
PARTS = (*AIRFLOW, "worker", "watch", "screens")


class Stack:
    """The containers of an installation that is filled in as .env.example says, in a folder of its own."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder, self.engine = folder, engine
        self.project = folder / "project"
        if engine == "docker":
            self.compose = ["docker", "compose"]
        else:
            run(sys.executable, "-m", "venv", folder / "compose")
            run(folder / "compose" / "bin" / "pip", "install", "--quiet", PODMAN_COMPOSE, limit=300)
            self.compose = [str(folder / "compose" / "bin" / "podman-compose"), "--in-pod=false"]
        self.ports = {name: free_port() for name in ("AIRFLOW_PORT", "SCREENS_PORT", "GATEWAY_PORT")}
        self.images: dict[str, str] = {}
        self.given: dict[str, str] = {}

    def build(self, *, stand_ins: bool) -> None:
        """The image of the hub."""
        base = []
        if stand_ins:
            make_stand_ins(self.folder)
            base = ["--from", "localhost/trial-python"]
            self.images = {f"{name.upper()}_IMAGE": f"localhost/trial-{name}" for name in ("postgres", "redis")}
        run(self.engine, "build", *base, "--tag", f"ioc-data-hub:{VERSION}", ".", cwd=ROOT, limit=3600)
        size = int(run(self.engine, "image", "inspect", "--format", "{{.Size}}", f"ioc-data-hub:{VERSION}"))
        seen(f"the image is built by {self.engine}: {size / 1e6:.0f} MB")

    def configure(self, delay_ms: int, concurrency: int) -> None:
        """The project's folder, as somebody who installs it makes it."""
        shutil.rmtree(self.project, ignore_errors=True)
        shutil.copytree(ROOT / "deploy" / "postgres", self.project / "deploy" / "postgres")
        shutil.copytree(ROOT / "demo" / "lang-son", self.project / "own")
        shutil.copy(ROOT / "docker-compose.yml", self.project)
        shutil.copy(HERE / "compose.yml", self.project / "trial.yml")
        example = (ROOT / ".env.example").read_text("utf-8")
        names = re.findall(r"^(\w+)=$", example, re.M)
        self.given = {name: secrets.token_hex(32) for name in names} | {
            "AIRFLOW_FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "IOC_PROVINCE": "H37",
            "IOC_AREA": "20",
            "IOC_GATEWAY_URL": "http://gateway:8900",
            "IOC_CLIENT_ID": "ioc-hub",
            "IOC_VERSION": VERSION,
            "OUTSIDE_NETWORK": "172.31.254",
            "SCREENS_SECURE_COOKIES": "false",
            "WORKER_CONCURRENCY": str(concurrency),
            "GATEWAY_FOLDER": str(ROOT / "gateway"),
            "PAGE_DELAY_MS": str(delay_ms),
            **{name: str(port) for name, port in self.ports.items()},
            **self.images,
        }
        (self.project / ".env").touch(0o600)
        (self.project / ".env").write_text("".join(f"{name}={text}\n" for name, text in self.given.items()), "utf-8")

    def up(self, workers: int) -> None:
        """Starts everything in the order of `depends_on`, for which older versions of podman do not wait themselves."""
        self._up(*BACKING)
        self._until_healthy("postgres", "redis")
        self._up("init")
        [init] = wait("init is started", lambda: self.containers("init", ended=True), 60)
        ended = wait("init ends", lambda: self._ended(init), 300)
        if ended["ExitCode"]:
            raise Failed(f"init: exit code {ended['ExitCode']}\n{run(self.engine, 'logs', '--tail', '20', init)}")
        self._up("--scale", f"worker={workers}", *PARTS)
        self._until_healthy(*PARTS)

    def _until_healthy(self, *services: str) -> None:
        for service in services:
            for name in wait(f"{service} is started", partial(self.containers, service), 60):
                wait(f"{name} is healthy", partial(self._healthy, name), 300)

    def _ended(self, container: str) -> dict[str, Any] | None:
        state: dict[str, Any] = json.loads(run(self.engine, "inspect", container))[0]["State"]
        return state if state["Status"] == "exited" else None

    def _up(self, *what: str) -> None:
        run(*self._command(), "up", "--detach", "--no-build", "--no-deps", *what, cwd=self.project, limit=300)

    def _command(self) -> list[str]:
        return [*self.compose, "--project-name", PROJECT, "--file", "docker-compose.yml", "--file", "trial.yml"]

    def down(self) -> None:
        """Removes containers, volumes and networks."""
        listed = ["--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}"]
        if containers := run(self.engine, "ps", "--all", *listed).split():
            run(self.engine, "rm", "--force", *containers)
        for kind in ("volume", "network"):
            if found := run(self.engine, kind, "ls", *listed).split():
                run(self.engine, kind, "rm", *found)

    def containers(self, service: str = "", *, ended: bool = False) -> list[str]:
        """Names of the containers that run, of one service or all; with `ended` of those, too, that do not."""
        labels = [f"project={PROJECT}", *([f"service={service}"] if service else [])]
        filters = [f"--filter=label=com.docker.compose.{label}" for label in labels]
        return sorted(run(self.engine, "ps", *(["--all"] if ended else []), *filters, "--format={{.Names}}").split())

    def _healthy(self, container: str) -> bool:
        """Whether the health check that docker-compose.yml gives the container passes, run here and now: podman without
        systemd runs none by itself."""
        kind, *command = json.loads(run(self.engine, "inspect", container))[0]["Config"]["Healthcheck"]["Test"]
        self.exec(container, *(["sh", "-c", *command] if kind == "CMD-SHELL" else command))
        return True

    def exec(self, container: str, *command: str, limit: float = 120, **variables: str) -> str:
        given = [f"--env={name}={text}" for name, text in variables.items()]
        return run(self.engine, "exec", *given, container, *command, limit=limit)

    def sql(self, query: str, database: str = "warehouse") -> str:
        """What a query of the superuser gives, columns separated by blanks."""
        psql = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--field-separator= "]
        where = ["--host=/var/run/postgresql", "--username=postgres", f"--dbname={database}"]
        [postgres] = self.containers("postgres")
        return self.exec(postgres, *psql, *where, f"--command={query}", limit=300).strip()

    def requests(self) -> int:
        """How many calls the gateway has answered."""
        return int(fetched(f"http://127.0.0.1:{self.ports['GATEWAY_PORT']}/__admin/state")["requests"])

    def cpu(self, service: str) -> float:
        """Processor seconds of a service's containers, of ended processes too."""
        seconds = 0.0
        for name in self.containers(service):
            for line in self.exec(name, "sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null; true").splitlines():
                seconds += sum(map(int, line.rpartition(") ")[2].split()[11:15])) / 100
        return seconds
