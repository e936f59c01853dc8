// Owns what the code that both packs share asks of this one: memory, and Python's strings as text.
#include "codec.h"
#include <stdlib.h>

void *bytes_resize(void *block, size_t size)
{
    return realloc(block, size);
}

void bytes_free(void *block)
{
    free(block);
}

// Half surrogate pairs become `?`. NULL where it is no string.
static PyObject *utf8_of(PyObject *text)
{
    PyObject *utf8 = text && PyUnicode_Check(text) ? PyUnicode_AsEncodedString(text, "utf-8", "replace") : NULL;
    PyErr_Clear();
    return utf8;
}

void write_shown(Writer *w, PyObject *text, size_t cap)
{
    PyObject *utf8 = utf8_of(text);
    write_lossy(w, utf8 ? PyBytes_AS_STRING(utf8) : "", utf8 ? PyBytes_GET_SIZE(utf8) : 0, cap);
    Py_XDECREF(utf8);
}

bool path_name(const Path *part, char *out, size_t cap)
{
    if (!part->name || part->key)
        return false;
    PyObject *utf8 = utf8_of(part->name);
    *out = 0;
    strncat(out, utf8 ? PyBytes_AS_STRING(utf8) : "", cap - 1);
    Py_XDECREF(utf8);
    return true;
}
