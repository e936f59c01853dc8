# Policies, builders, documents, and that the README and the examples do what they say.
from __future__ import annotations

import asyncio
import hashlib
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import GUESTS, PACKAGE, program
from wasm_sandbox import (
    Capability,
    KvStore,
    ResourceLimitExceeded,
    SandboxError,
    SecurityPolicy,
    SecurityViolation,
    UsageError,
    WasmSandbox,
    doctor,
    parse_policy,
    sync,
)  # fmt: skip

ROOT = Path(__file__).parents[3]
README = (ROOT / "bindings/python/README.md").read_text()


def test_policies_are_values() -> None:
    policy = SecurityPolicy.builder().allow_network_access(["api.example.com"]).max_execution_time(30.0).build()
    same = SecurityPolicy.builder().max_execution_time(30).allow_network_access(["api.example.com"]).build()
    assert policy == same and hash(policy) == hash(same) and policy != SecurityPolicy.strict()
    assert pickle.loads(pickle.dumps(policy)) == policy and repr(policy) == repr(same)
    assert str(sorted({"policy": policy}.items())) == str(sorted({"policy": same}.items()))
    assert policy.limits.wall_time_ms == 30_000 and SecurityPolicy.from_json(policy.to_json()) == policy
    assert policy.with_limits({"memoryBytes": 1 << 20}).limits.memory_bytes == 1 << 20
    assert parse_policy({"version": 1, "preset": "permissive"}, ceiling="strict").limits.memory_bytes == 64 << 20
    with pytest.raises(UsageError) as caught:
        SecurityPolicy.from_json({"version": 1, "limts": {}})  # type: ignore[typeddict-unknown-key]
    assert caught.value.code == "invalid_policy" and caught.value.details["path"] == "$.limts"


def test_the_builder_takes_none_and_everything_else(calculator: str) -> None:
    async def main() -> None:
        network = Capability.network_access(
            domains=["api.example.com", "cdn.example.com"],
            allowed_ports=[80, 443],
            require_https=True,
            max_request_size=1024 * 1024,
        )
        files = Capability.filesystem_access(paths=["/tmp"], read_only=True, max_file_size=10 * 1024 * 1024)
        assert network == pickle.loads(pickle.dumps(network)) and "api.example.com" in repr(network)
        # They are only described: this version refuses policies with networks or folders of the host in them.
        assert files == Capability.filesystem_access(["/tmp"], read_only=True, max_file_size=10 * 1024 * 1024)
        sandbox = await (
            WasmSandbox.builder()
            .source(Path(calculator))
            .security_policy(SecurityPolicy.moderate())
            .memory_limit(None)
            .cpu_timeout(None)
            .max_execution_time(None)
            .add_capability(None)
            .add_capability(Capability.environment_access(["HOME", "USER", "API_KEY"]))
            .instance_id("worker-1")
            .host(None)
            .on_stdout(None)
            .limits({"memoryBytes": 32 << 20})
            .build()
        )
        calls = [{"function": "add", "args": [1, 2]}, {"function": "multiply", "args": [3, 4]}]
        assert await sandbox.call_batch(calls) == [3, 12]  # type: ignore[arg-type]
        audited = await sandbox.call_with_audit("add", [1, 2])
        assert (audited.output, audited.violations) == (3, []) and isinstance(audited.events, list)
        stats = await sandbox.get_resource_stats()
        assert stats.function_calls == 3 and stats.cpu_time_ms >= 1 and stats.peak_memory_bytes >= 0
        assert await sandbox.call_with_timeout("add", [1, 2], timeout=5.0) == 3
        assert isinstance(await sandbox.memory_usage(), int) and isinstance(await sandbox.collect_garbage(), int)
        await sandbox.reset()
        await sandbox.dispose()
        await sandbox.dispose()
        assert sandbox.disposed

    asyncio.run(main())


def test_limits_and_denials_are_worded_as_promised(state: str) -> None:
    builder = sync.WasmSandbox.builder().source(state).cpu_timeout(0.1)
    with builder.build() as sandbox, pytest.raises(Exception, match="CPU timeout exceeded") as caught:
        sandbox.call("spin")
    assert isinstance(caught.value, (ResourceLimitExceeded, TimeoutError))
    with pytest.raises(SecurityViolation, match="denied"):
        sync.run(python="f()", host={"f": print}, policy={"version": 1, "capabilities": {"hostFunctions": []}})
    with pytest.raises(Exception, match="Memory limit exceeded"):
        sync.run(python="x = bytearray(1 << 28)")


def test_key_value_stores() -> None:
    store = KvStore("python-tests")
    store.set("a", {"n": 1})
    assert store.get("a") == {"n": 1} and store.get("b") is None and store.keys() == ["a"] and store.stats().keys == 1
    assert store.delete("a") and not store.delete("a")
    with pytest.raises(UsageError):
        KvStore("no/such name")


def test_doctor_and_packs() -> None:
    report = asyncio.run(doctor())
    assert {pack.language: pack.available for pack in report.packs}.get("python") is True


def test_configure_comes_first() -> None:
    code = """
from wasm_sandbox import UsageError, configure
from wasm_sandbox.sync import doctor, run
configure(cache_dir=None)
configure(max_concurrency=2, queue_timeout=1.5)
print(doctor().disk_cache, run(python='1').value)
try:
    configure(max_concurrency=3)
except UsageError as error:
    print(error.code)
"""
    assert program(code).stdout == "False 1\ninvalid_argument\n"


def test_options_that_do_not_exist_are_refused() -> None:
    with pytest.raises(TypeError):
        sync.run(python="1", polcy="strict")  # type: ignore[call-arg]
    with pytest.raises(UsageError):
        sync.run(python="1", javascript="1")
    with pytest.raises(UsageError) as caught:
        sync.run(python="1", host={"f": 3})  # type: ignore[dict-item]
    assert caught.value.details["path"] == "$.host.f"


@pytest.mark.parametrize(
    "address", ["http://example.com/a.wasm", "https://u:p@example.com/a.wasm", "ftp://example.com/a", "file:///a", "a"]
)
def test_downloads_are_https_without_credentials(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        asyncio.run(WasmSandbox.from_url(address))
    assert caught.value.code == "invalid_argument" and "p@" not in str(caught.value)


def test_downloads(https: Callable[[str], str]) -> None:
    module = (GUESTS / "calculator.wasm").read_bytes()
    digest = hashlib.sha256(module).hexdigest()
    with sync.WasmSandbox.from_url(https("/calculator.wasm?secret=1"), sha256=digest) as sandbox:
        assert sandbox.call("add", [1, 2]) == 3
    with sync.WasmSandbox.builder().source(https("/redirect/2")).build() as sandbox:
        assert sandbox.call("add", [1, 2]) == 3
    for path, options, code in [
        ("/calculator.wasm?secret=1", {"sha256": "0" * 64}, "invalid_module"),
        ("/calculator.wasm?secret=1", {"max_bytes": 10}, "module_limit"),
        ("/redirect/9", {}, "not_found"),
        ("/away", {}, "invalid_argument"),
        ("/missing", {}, "not_found"),
        ("/slow", {"timeout": 0.3}, "not_found"),
    ]:
        with pytest.raises(SandboxError) as caught:
            asyncio.run(WasmSandbox.from_url(https(path), **options))  # type: ignore[arg-type]
        assert caught.value.code == code and "secret" not in str(caught.value)
    assert "no answer within 300 ms" in str(caught.value)
    result = sync.run(wasm=https("/calculator.wasm"), call="add", args=[1, 2])
    assert result.value == 3 and sync.verify(https("/calculator.wasm")).allowed


BLOCKS = [block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL)]


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_the_readme_word_for_word(block: str) -> None:
    done = program(block)
    assert done.returncode == 0, done.stderr
    said = [comment for comment in re.findall(r"print\(.*\)  # (.*)", block)]
    if said:
        assert [line.strip() for line in done.stdout.splitlines()] == said


EXAMPLES = ROOT / "examples/python"
EXPECTED = sorted((ROOT / "examples/expected").glob("*.txt"))


def test_every_example_is_here() -> None:
    assert len(EXPECTED) >= 3
    assert sorted(file.stem for file in EXAMPLES.glob("*.py")) == [file.stem for file in EXPECTED]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda file: file.stem)
def test_example(expected: Path) -> None:
    """Word for word what the example of the same name prints in every language."""
    environment = {"PYTHONPATH": str(PACKAGE), "PATH": ""}
    file = str(EXAMPLES / f"{expected.stem}.py")
    done = subprocess.run(
        [sys.executable, file], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert done.stdout == expected.read_text()
