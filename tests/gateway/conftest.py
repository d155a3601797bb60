"""A plain client of the interface: it knows wire.md's forms and nothing of how the gateway makes its records."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import requests

from gateway.serve import CLIENT_ID, CLIENT_SECRET, running


class Client:
    def __init__(self, base: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.log_in()

    def log_in(self) -> None:
        answer = self.session.post(
            f"{self.base}/token", data={"grant_type": "client_credentials"}, auth=(CLIENT_ID, CLIENT_SECRET)
        )
        answer.raise_for_status()
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def log_in_again(self) -> None:
        """Tries until there is a token, as faults may hit the token's path too."""
        for _ in range(5):
            try:
                return self.log_in()
            except requests.RequestException:
                continue
        return self.log_in()

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(self.base + path, params=query, timeout=60, allow_redirects=False)

    def dvc(self, path: str, **asked: Any) -> requests.Response:
        return self.session.post(f"{self.base}/dvc/v1/{path}", json={"madonvi": "H37", **asked}, timeout=60)

    def dossiers(self, low: str, high: str, page: int = 1, size: int = 5000) -> Any:
        return self.dvc("ho-so/tra-cuu", tuNgay=low, denNgay=high, trang=page, kichThuoc=size).json()

    def all_dossiers(self, low: str, high: str, size: int = 5000) -> list[dict[str, Any]]:
        """Every version in [low, high)."""
        rows: list[dict[str, Any]] = []
        page = 1
        while data := self.dossiers(low, high, page, size)["data"]:
            rows += data
            page += 1
        return rows

    def services(self, day: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        page = 1
        while data := self.dvc("thu-tuc", ngay=day, trang=page, kichThuoc=500).json()["data"]:
            rows += data
            page += 1
        return rows

    def office(self, path: str, first: str, last: str, offset: int = 0, limit: int = 1000) -> Any:
        query = {"ma_don_vi": "H37", "tu_ngay": first, "den_ngay": last, "offset": offset, "limit": limit}
        return self.get(f"/ioffice/v2/{path}", **query).json()

    def all_office(self, path: str, first: str = "31/12/2022", last: str = "30/06/2023") -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        while page := self.office(path, first, last, offset=len(items))["response"]["items"]:
            items += page
        return items

    def vehicles(self, **query: Any) -> Any:
        return self.get("/cuakhau/v1/phuong-tien", **query).json()

    def all_vehicles(self) -> Any:
        page = self.vehicles(limit=1000)
        items = page["items"]
        while page["has_more"]:
            page = self.vehicles(limit=1000, cursor=page["next_cursor"])
            items += page["items"]
        return items

    def telecom_rows(self, month: str, kind: str, newest: bool = True) -> list[dict[str, str]]:
        """Rows of the month's files of ``kind``, each with its operator, from each operator's last submission."""
        files: dict[str, dict[str, Any]] = {}
        for file in self.get("/vienthong/v1/tep", tinh="20", ky=month).json():
            known = files.get(file["doanh_nghiep"])
            if file["loai"] == kind and (known is None or (file["lan_nop"] > known["lan_nop"]) == newest):
                files[file["doanh_nghiep"]] = file
        rows = []
        for operator, file in files.items():
            lines = self.get(file["duong_dan"]).content.decode("utf-8-sig").split("\r\n")
            names = lines[0].split(";")
            rows += [
                {"operator": operator, **dict(zip(names, line.split(";"), strict=True))} for line in lines[1:] if line
            ]
        return rows

    def admin(self, path: str, **asked: Any) -> Any:
        if not asked:
            return requests.get(f"{self.base}/__admin/{path}", timeout=10).json()
        return requests.post(f"{self.base}/__admin/{path}", json=asked, timeout=10).json()


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    """A client of Lạng Sơn 2023 without faults; tests do not change this gateway."""
    with running("lang-son-2023") as base:
        yield Client(base)


@pytest.fixture
def faulty() -> Callable[..., AbstractContextManager[Client]]:
    """``with faulty("cut:1") as client``: a gateway of its own with faults; it lets the client log in first."""

    @contextmanager
    def start(faults: str = "", world: str = "lang-son-2023", **options: Any) -> Iterator[Client]:
        with running(world, **options) as base:
            client = Client(base)
            client.admin("faults", faults=faults, seed=options.get("fault_seed", 0))
            yield client

    return start
