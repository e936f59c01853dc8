# Values cross exactly; what cannot cross is refused with its place, before anything runs.
from __future__ import annotations

import array
import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest

from wasm_sandbox import UsageError
from wasm_sandbox.sync import WasmSandbox, run

ZONE = timezone(timedelta(hours=5, minutes=30))
EXACT = [
    None, True, False, 0, -1, 2**63 - 1, -(2**63), 2**63, -(2**200), 10**400, 0.5, 1e308, float("inf"), -0.0,
    "", "héllo \U0001f600", "\0", b"", bytes(range(256)), [], [1, [2, [3]]], {}, {"a": {"b": None}},
    {1: "one", "two": 2}, datetime(2024, 2, 29, 12, 30, 1, 999_999, tzinfo=timezone.utc),
    datetime(1901, 1, 1, tzinfo=ZONE),
]  # fmt: skip


@pytest.mark.parametrize("value", EXACT, ids=lambda value: repr(value)[:30])
def test_exact_both_ways(value: Any) -> None:
    back = run(python="x", inputs={"x": value}).value
    assert back == value and type(back) is type(value)
    if isinstance(value, float):
        assert math.copysign(1, back) == math.copysign(1, value)
    if isinstance(value, datetime):
        assert back.utcoffset() == value.utcoffset()


def test_nan() -> None:
    assert math.isnan(run(python="x", inputs={"x": math.nan}).value)


@pytest.mark.parametrize(
    ("value", "back"),
    [((1, 2), [1, 2]), (bytearray(b"ab"), b"ab"), (memoryview(b"abc")[1:], b"bc"), (array.array("d", [0.5]), [0.5])],
)
def test_likenesses(value: Any, back: Any) -> None:
    assert run(python="x", inputs={"x": value}).value == back


def test_sets_are_lists() -> None:
    assert sorted(run(python="x", inputs={"x": {3, 1}}).value) == [1, 3]


class Box(Mapping[str, Any]):
    """A mapping that is no dict."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getitem__(self, key: str) -> Any:
        return self.inner

    def __iter__(self) -> Iterator[str]:
        return iter(["in"])

    def __len__(self) -> int:
        return 1


def test_every_container_is_one_level() -> None:
    for around in (lambda value: [value], lambda value: frozenset([value]), Box):
        value: Any = 1
        for _ in range(100):
            value = around(value)  # type: ignore[operator]
        run(python="x", inputs={"x": value})
    flat: Any = memoryview(b"ab")
    for _ in range(126):
        flat = [flat]
    run(python="x", inputs={"x": flat})


class FarAway(tzinfo):
    def utcoffset(self, _: datetime | None) -> timedelta:
        return timedelta(hours=23, minutes=59)

    def dst(self, _: datetime | None) -> None:
        return None


def test_offsets_up_to_a_day() -> None:
    far = datetime(2024, 2, 29, tzinfo=FarAway())
    assert run(python="x", inputs={"x": far}).value == far


def cycle() -> dict[str, Any]:
    ring: dict[str, Any] = {"list": []}
    ring["list"].append(ring)
    return ring


def deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(200):
        value = [value]
    return value


async def coroutine_function() -> None: ...


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": [1, 2, 3, print]}, "$[0].a[3]"),
        (cycle(), "$[0].list[0]"),
        ({"s": "\ud800"}, "$[0].s"),
        ([datetime(2024, 1, 1)], "$[0][0]"),
        ({"a b": object()}, '$[0]["a b"]'),
        ({(1, 2): 3}, "$[0][0]"),
        (coroutine_function, "$[0]"),
        (1j, "$[0]"),
    ],
)
def test_refused_with_the_place(value: Any, path: str, calculator: str) -> None:
    with WasmSandbox.from_file(calculator) as sandbox, pytest.raises(UsageError) as caught:
        sandbox.call("add", [value])
    assert caught.value.code == "invalid_argument"
    assert caught.value.details["path"] == path


def test_depth_is_refused() -> None:
    with pytest.raises(UsageError, match="128 levels"):
        run(python="1", inputs={"x": deep()})


def test_a_property_that_raises_is_the_callers_error() -> None:
    class Awkward(dict[str, Any]):
        def items(self) -> Any:
            raise ZeroDivisionError("mine")

    class Odd:
        def tolist(self) -> Any:
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        run(python="1", inputs={"x": Odd()})


def test_prepared_calls_take_what_calls_take(calculator: str) -> None:
    with WasmSandbox.from_file(calculator) as sandbox:
        add, wide, root = sandbox.prepare("add"), sandbox.prepare("echo_i64"), sandbox.prepare("root")
        assert add(1, 2) == 3 and add(2.0, True) == 3 and add(0xFFFFFFFF, 0) == -1
        assert wide(2**63 - 1) == 2**63 - 1 and wide(-(2**63)) == -(2**63)
        assert root(9) == 3.0 and sandbox.prepare("nothing")() is None
        assert sandbox.prepare("divmod")(7, 2) == [3, 1]
        for wrong in ((1,), (1, 2, 3), ("1", 2), (2**32, 0), (1.5, 0), (None, 0)):
            with pytest.raises(UsageError) as caught:
                add(*wrong)
            assert caught.value.code == "invalid_argument"
        with pytest.raises(TypeError):
            add(1, b=2)  # type: ignore[call-arg]
    with pytest.raises(Exception, match="disposed") as closed:
        add(1, 2)
    assert closed.value.code == "closed"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "seen", "back"),
    [
        (None, "null", None), (True, "Boolean", True), ("é", "String", "é"), (2**53 - 1, "Number", 2**53 - 1),
        (2**53, "BigInt", 2**53), (2.5, "Number", 2.5), (3.0, "Number", 3), (bytearray(b"a"), "Uint8Array", b"a"),
        ((1, 2), "Array", [1, 2]), ({"a": 1}, "Object", {"a": 1}), ({1: "a"}, "Map", {1: "a"}),
        (datetime(2024, 2, 29, tzinfo=timezone.utc), "Date", datetime(2024, 2, 29, tzinfo=timezone.utc)),
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_what_javascript_sees(value: Any, seen: str, back: Any) -> None:
    result = run(javascript="[x === null ? 'null' : x.constructor.name, x]", inputs={"x": value}).value
    assert result == [seen, back] and type(result[1]) is type(back)
    assert run(javascript="[7n, undefined]").value == [7, None]
