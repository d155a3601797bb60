"""No error of the hub is told in one language only."""

import ast
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import Abort, HubError, Invalid, Retry, TooManyAttempts, WrongCredentials, WrongQuestion
from hub.suggestions import nearest

ROOT = Path(__file__).parents[3]
FLOORS = (
    *("hub", "connectors", "warehouse", "accounts", "kpis", "expectations", "pipeline", "reports", "government"),
    *("ioc", "demo", "dags"),
)
OF_VIETNAMESE = set("àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")
TREES = {
    path.relative_to(ROOT): ast.parse(path.read_text("utf-8")) for f in FLOORS for path in (ROOT / f).rglob("*.py")
}


def errors() -> set[str]:
    """Names of all kinds of errors; those that bring their own texts apart."""
    known = {"HubError"}
    classes = [node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for _ in classes:
        known |= {c.name for c in classes if known & {base.id for base in c.bases if isinstance(base, ast.Name)}}
    return known - {"WrongCredentials", "TooManyAttempts"}


def made() -> Iterator[tuple[str, ast.Call]]:
    """Every place where an error is made."""
    names = errors()
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{path}:{node.lineno}", node


def words(text: ast.expr) -> str:
    """What the text says whatever its values are."""
    return "".join(n.value for n in ast.walk(text) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def handed_on(text: ast.expr, language: str) -> bool:
    """Whether the text takes in that language's text of something else."""
    return any(
        (isinstance(n, ast.Attribute) and n.attr == language) or (isinstance(n, ast.Name) and n.id == language)
        for n in ast.walk(text)
    )


def test_every_error_is_told_in_vietnamese_and_in_english() -> None:
    wrong, seen = [], 0
    for place, call in made():
        seen += 1
        if any(isinstance(argument, ast.Starred) for argument in call.args):
            continue
        vi, en = call.args[:2]
        vietnamese, english = (bool(OF_VIETNAMESE & set(words(text).lower())) for text in (vi, en))
        if not (vietnamese or handed_on(vi, "vi")) or english or not (words(en) or handed_on(en, "en")):
            wrong.append(place)
    assert wrong == []
    assert seen > 180


def test_logs_are_english_and_people_read_their_own_language() -> None:
    error = WrongQuestion("Không có chỉ tiêu 'x'", "There is no KPI 'x'")
    assert str(error) == error.text("en") == "There is no KPI 'x'"
    assert error.text("vi") == "Không có chỉ tiêu 'x'"


@pytest.mark.parametrize("error", [Abort("thiếu", "missing"), Retry("bận", "busy", after=20), Invalid("sai", "wrong")])
def test_an_error_that_crosses_to_another_process_keeps_its_texts(error: HubError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert (type(arrived), vars(arrived)) == (type(error), vars(error))


@pytest.mark.parametrize("error", [WrongCredentials(), TooManyAttempts(30)])
def test_errors_with_texts_of_their_own_have_both(error: HubError) -> None:
    assert error.vi != error.en == str(error)


def test_what_comes_nearest_is_told_in_both_languages() -> None:
    assert nearest("gat", ["gate", "level"]) == ("ý bạn là gate?", "did you mean gate?")
    assert nearest("x", ["gate", "level"]) == ("hiện có gate, level.", "there are gate, level.")
    assert nearest("x", []) == ("hiện chưa có gì để chọn.", "there are none.")
