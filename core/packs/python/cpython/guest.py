"""Owns the side in the sandbox of running one of CPython's test modules: loads it the way `python -m test`
does, runs it with unittest, and tells the host of every test before it starts and once it is done.
"""

import gc
import importlib
import os
import sys
import traceback
import types
import unittest


class Told(unittest.TestResult):
    """Tells the host of each outcome at once: a test may take the whole sandbox with it."""

    def __init__(self, tell, index):
        super().__init__()
        self._tell = tell
        self._index = index

    def _done(self, test, outcome, detail=""):
        self._tell("done", self._index.get(id(test), -1), test.id(), outcome, detail)

    def startTest(self, test):
        super().startTest(test)
        self._tell("start", self._index.get(id(test), -1), test.id(), "", "")

    def _fault(self, test, outcome, error):
        try:
            detail = "".join(traceback.format_exception(*error))
        except Exception as why:
            detail = f"{error[0].__name__}, whose traceback cannot be told: {why!r}"
        self._done(test, outcome, detail[-6000:].encode("utf-8", "backslashreplace").decode())

    def addSuccess(self, test):
        self._done(test, "passed")

    def addExpectedFailure(self, test, error):
        self._done(test, "passed")

    def addUnexpectedSuccess(self, test):
        self._done(test, "failed", "passed, though CPython expects it to fail")

    def addSkip(self, test, reason):
        self._done(getattr(test, "test_case", test), "skipped", str(reason))

    def addFailure(self, test, error):
        self._fault(test, "failed", error)

    def addError(self, test, error):
        self._fault(test, "error", error)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._fault(test, "failed" if issubclass(error[0], test.failureException) else "error", error)


def tests_in(suite):
    if isinstance(suite, unittest.TestSuite):
        for one in suite._tests:
            yield from tests_in(one)
    else:
        yield suite


def without(suite, unwanted):
    """The same suite in the same order, less the tests that ran before or were not asked for."""
    if isinstance(suite, unittest.TestSuite):
        suite._tests = [without(one, unwanted) for one in suite._tests if id(one) not in unwanted]
    return suite


def exception_print(error, legacy=False):
    """What `_testcapi` has under this name: the interpreter's own way of printing an exception."""
    sys.__excepthook__(type(error), error, error.__traceback__)


def allow(what):
    """Has a module loaded that CPython leaves out as a whole where one thing is missing that some of its
    tests need; those fail here, and are counted.
    """
    from test import support

    if what in ("sockets", "sockets to import"):
        support.has_socket_support = True
    elif what == "processes":
        support.has_subprocess_support = True
    elif what == "debug ranges":
        support.has_no_debug_ranges = lambda: False
    elif what == "exception_print":
        # The same function of the interpreter under the name that it has to programs.
        sys.modules["_testcapi"] = testcapi = types.ModuleType("_testcapi")
        testcapi.exception_print = exception_print
    else:
        sys.modules[what] = types.ModuleType(what)


def load(name, allowed):
    from test import support

    for what in allowed:
        allow(what)
    support.verbose = False
    support.use_resources = []
    support.record_original_stdout(sys.stdout)
    module = importlib.import_module(name)
    if "sockets to import" in allowed:
        support.has_socket_support = False
    loader = unittest.TestLoader()
    # A module of a package that cannot be imported is a test there that fails.
    return loader.loadTestsFromModule(module)


def run_module(name, allowed, done, only, tell):
    """`allowed`: see `allow`; `done`: numbers of tests not to run again; `only`: parts of test names, none for all."""
    os.makedirs("/tmp/test", exist_ok=True)
    os.chdir("/tmp/test")
    try:
        suite = load(name, allowed)
    except unittest.SkipTest as skip:
        tell("done", -1, name, "skipped", str(skip))
        return
    except BaseException:
        tell("done", -1, name, "error", traceback.format_exc())
        return
    # Numbers are by identity, so the tests are held here: the suite lets go of each that ran.
    tests = list(tests_in(suite))
    index = {id(test): number for number, test in enumerate(tests)}
    over = set(done)
    unwanted = {
        id(test)
        for test in tests
        if index[id(test)] in over or (only and not any(part in test.id() for part in only))
    }
    result = Told(tell, index)
    without(suite, unwanted).run(result)
    gc.collect()
