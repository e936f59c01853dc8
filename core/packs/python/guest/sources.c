// Owns keeping the sources of the last runs, for tracebacks and for `linecache`. What is read from it is
// guest/python/_sandbox_errors.py's business.
#include "sources.h"

/** Runs that are kept; twice as many before the older ones go. */
#define RUNS_KEPT 64

/** A list of (file name, code, lines), and file names to what linecache keeps of a file. */
static PyObject *runs, *cache;

void sources_start(PyObject *list, PyObject *dict)
{
    runs = Py_NewRef(list);
    cache = Py_NewRef(dict);
}

// Lines with their ends, as linecache has them: the last one has an end too.
static PyObject *lines_of(PyObject *text)
{
    PyObject *lines = PyUnicode_Splitlines(text, 1);
    Py_ssize_t count = lines ? PyList_GET_SIZE(lines) : 0;
    if (!count)
        return lines;
    PyObject *last = PyList_GET_ITEM(lines, count - 1);
    Py_ssize_t len = PyUnicode_GET_LENGTH(last);
    if (len && PyUnicode_READ_CHAR(last, len - 1) == '\n')
        return lines;
    PyObject *ended = PyUnicode_FromFormat("%U\n", last);
    if (!ended || PyList_SetItem(lines, count - 1, ended))
        Py_CLEAR(lines);
    return lines;
}

static int keep(PyObject *file, PyObject *code, PyObject *lines)
{
    PyObject *run = PyTuple_Pack(3, file, code, lines);
    int failed = run ? PyList_Append(runs, run) : -1;
    Py_XDECREF(run);
    Py_ssize_t count = PyList_GET_SIZE(runs);
    if (!failed && count >= 2 * RUNS_KEPT)
        failed = PyList_SetSlice(runs, 0, count - RUNS_KEPT, NULL);
    return failed;
}

int sources_remember(PyObject *file, PyObject *text, PyObject *code)
{
    PyObject *lines = lines_of(text), *length = PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text));
    PyObject *entry = lines && length ? PyTuple_Pack(4, length, Py_None, lines, file) : NULL;
    int failed = entry ? PyDict_SetItem(cache, file, entry) : -1;
    if (!failed)
        failed = keep(file, code, lines);
    Py_XDECREF(lines);
    Py_XDECREF(length);
    Py_XDECREF(entry);
    return failed;
}
