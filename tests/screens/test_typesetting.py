"""Pictures of charts, as pixels: as sharp as they may be large."""

import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from screens.documents import typesetting
from screens.documents.typesetting import as_png

MOST = 8_000_000


def picture(width: int, height: int) -> bytes:
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}><rect width="100%" height="100%" fill="#eee"/></svg>'.encode()
    )


def size(png: bytes) -> tuple[int, int]:
    wide, high = struct.unpack(">II", png[16:24])
    return wide, high


def test_a_chart_is_twice_as_fine_as_a_screen() -> None:
    assert size(as_png(picture(900, 600))) == (1800, 1200)


@pytest.mark.parametrize("height", [5_000, 20_000])
def test_a_tall_chart_is_whole_and_of_a_size_that_can_be_opened(height: int) -> None:
    wide, high = size(as_png(picture(900, height)))
    assert 0.9 * MOST < wide * high <= MOST
    assert high / wide == pytest.approx(height / 900, rel=0.01)


def test_one_picture_is_made_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = threading.Lock()

    class Slow:
        def compile(self, **_: object) -> bytes:
            assert busy.acquire(blocking=False)
            time.sleep(0.05)
            busy.release()
            return b""

    monkeypatch.setattr(typesetting, "_compiler", lambda _: Slow())
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(as_png, [picture(90, 60)] * 3)) == [b""] * 3
