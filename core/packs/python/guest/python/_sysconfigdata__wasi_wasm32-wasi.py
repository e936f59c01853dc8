"""Owns what `sysconfig` tells about a build: there was no Makefile, so it is little."""

build_time_vars = {
    "EXT_SUFFIX": ".cpython-313-wasm32-wasi.so",
    "MULTIARCH": "wasm32-wasi",
    "Py_DEBUG": 0,
    "Py_GIL_DISABLED": 0,
    "SOABI": "cpython-313-wasm32-wasi",
    "TZPATH": "",
    "VERSION": "3.13",
    "WITH_DOC_STRINGS": 1,
    "abs_builddir": "",
    "abs_srcdir": "",
    "exec_prefix": "/usr",
    "prefix": "/usr",
    "srcdir": "",
}
