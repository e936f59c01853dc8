// Owns the standard library's bytes: one blob linked into the module, and the few modules of it that the
// interpreter needs before it can import anything. start.py reads the blob.
#include "library.h"
#include "internal/pycore_import.h"
#include "marshal.h"

// The assembler takes the bytes as they are; as numbers in C they would cost the compiler a gigabyte.
__asm__(".section .rodata.library_blob,\"\",@\n"
        ".globl library_blob\n"
        ".globl library_blob_end\n"
        "library_blob:\n"
        ".incbin \"stdlib.bin\"\n"
        "library_blob_end:\n"
        ".int8 0\n"
        ".size library_blob, .-library_blob\n"
        ".size library_blob_end, 1\n");

extern const unsigned char library_blob[], library_blob_end[];

// `frozen_*` arrays and the table's rows, written by the build.
#include "frozen.inc"

static const struct _frozen none[] = { { 0 } };
static const struct _module_alias no_aliases[] = { { 0 } };
const struct _frozen *_PyImport_FrozenBootstrap = frozen_bootstrap;
const struct _frozen *_PyImport_FrozenStdlib = frozen_start;
const struct _frozen *_PyImport_FrozenTest = none;
const struct _frozen *PyImport_FrozenModules = NULL;
const struct _module_alias *_PyImport_FrozenAliases = no_aliases;

PyObject *library_parts(void)
{
    uint32_t length;
    memcpy(&length, library_blob, sizeof length);
    const char *index = (const char *)library_blob + sizeof length;
    Py_ssize_t rest = library_blob_end - library_blob - sizeof length - length;
    PyObject *entries = PyMarshal_ReadObjectFromString(index, length);
    PyObject *bytes = PyMemoryView_FromMemory((char *)index + length, rest, PyBUF_READ);
    PyObject *both = entries && bytes ? PyTuple_Pack(2, entries, bytes) : NULL;
    Py_XDECREF(entries);
    Py_XDECREF(bytes);
    return both;
}
