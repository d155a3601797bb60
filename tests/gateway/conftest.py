"""A plain client of the interface: it knows wire.md's forms and nothing of how the gateway makes its records."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import msgspec
import pytest
import requests

from gateway.server import CLIENT_ID, CLIENT_SECRET, running

PATIENCE = 300
"""Seconds for an answer: the first one of a feed waits until the world is made, on a busy machine too."""


class Client:
    def __init__(self, base: str, province: str = "H37", area: str = "20") -> None:
        self.base, self.province, self.area = base, province, area
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
        return self.session.get(self.base + path, params=query, timeout=PATIENCE, allow_redirects=False)

    def dvc(self, path: str, **asked: Any) -> requests.Response:
        return self.session.post(
            f"{self.base}/dvc/v1/{path}", json={"madonvi": self.province, **asked}, timeout=PATIENCE
        )

    def dossiers(self, low: str, high: str, page: int = 1, size: int = 5000) -> Any:
        return self.dvc("ho-so/tra-cuu", tuNgay=low, denNgay=high, trang=page, kichThuoc=size).json()

    def each_dossier(self, low: str, high: str, size: int = 5000) -> Iterator[dict[str, Any]]:
        """Every version in [low, high), a page at a time."""
        page = 1
        while data := self._page(low, high, page, size)["data"]:
            yield from data
            page += 1

    def all_dossiers(self, low: str, high: str, size: int = 5000) -> list[dict[str, Any]]:
        """Every version in [low, high)."""
        return list(self.each_dossier(low, high, size))

    def _page(self, low: str, high: str, page: int, size: int) -> Any:
        answer = self.dvc("ho-so/tra-cuu", tuNgay=low, denNgay=high, trang=page, kichThuoc=size)
        return msgspec.json.decode(answer.content)  # a quarter of a million records: much quicker

    def services(self, day: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        page = 1
        while data := self.dvc("thu-tuc", ngay=day, trang=page, kichThuoc=500).json()["data"]:
            rows += data
            page += 1
        return rows

    def office(self, path: str, first: str, last: str, offset: int = 0, limit: int = 1000) -> Any:
        query = {"ma_don_vi": self.province, "tu_ngay": first, "den_ngay": last, "offset": offset, "limit": limit}
        return self.get(f"/ioffice/v2/{path}", **query).json()

    def all_office(self, path: str, first: str = "31/12/2022", last: str = "30/06/2023") -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        while page := self.office(path, first, last, offset=len(items))["response"]["items"]:
            items += page
        return items

    def vehicles(self, **query: Any) -> Any:
        return msgspec.json.decode(self.get("/cuakhau/v1/phuong-tien", **query).content)

    def each_step(self) -> Iterator[dict[str, Any]]:
        """Every step of every vehicle declaration, a page at a time."""
        page = self.vehicles(limit=1000)
        yield from page["items"]
        while page["has_more"]:
            page = self.vehicles(limit=1000, cursor=page["next_cursor"])
            yield from page["items"]

    def telecom_rows(self, month: str, kind: str, newest: bool = True) -> list[dict[str, str]]:
        """Rows of the month's files of ``kind``, each with its operator, from each operator's last submission."""
        files: dict[str, dict[str, Any]] = {}
        for file in self.get("/vienthong/v1/tep", tinh=self.area, ky=month).json():
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

    def snapshot(self, path: str, **query: str) -> Any:
        """A small source's answer."""
        return self.get(path, tinh=self.area, **query).json()

    def press(self, first: str, last: str) -> list[dict[str, Any]]:
        """Every piece of the days."""
        page = self.snapshot("/baochi/v1/tin-bai", tu=first, den=last, page="1")
        pieces: list[dict[str, Any]] = page["items"]
        for number in range(2, page["pages"] + 1):
            pieces += self.snapshot("/baochi/v1/tin-bai", tu=first, den=last, page=str(number))["items"]
        return pieces

    def reports(self, since: str, size: int = 200) -> list[dict[str, Any]]:
        """Every citizen's report that changed since, as the pages give them; checks the declared number of reports."""
        body = self.get("/pakn/v1/phan-anh", updated_since=since, page_size=size).json()
        rows: list[dict[str, Any]] = body["data"]
        while body["paging"]["next"]:
            body = self.get(body["paging"]["next"]).json()
            rows += body["data"]
        assert len({row["ma_pa"] for row in rows}) == body["paging"]["total"]
        return rows

    def admin(self, path: str, **asked: Any) -> Any:
        if not asked:
            return requests.get(f"{self.base}/__admin/{path}", timeout=10).json()
        return requests.post(f"{self.base}/__admin/{path}", json=asked, timeout=10).json()


def _unpacked(client: Client) -> Client:
    """Asks for plain bodies: packing what goes over the loopback only costs time."""
    client.session.headers["Accept-Encoding"] = "identity"
    return client


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    """A client of Lạng Sơn 2023 without faults; tests do not change this gateway."""
    with running("lang-son-2023") as base:
        yield _unpacked(Client(base))


@pytest.fixture(scope="session")
def client_2022() -> Iterator[Client]:
    """A client of Lạng Sơn 2022; tests do not change this gateway."""
    with running("lang-son-2022") as base:
        yield _unpacked(Client(base))


@pytest.fixture(scope="session")
def tra_vinh() -> Iterator[Client]:
    """A client of Trà Vinh 2023; tests do not change this gateway."""
    with running("tra-vinh-2023") as base:
        yield _unpacked(Client(base, "H59", "84"))


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
