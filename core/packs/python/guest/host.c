// Owns calls to the host as start.py makes them: arguments on the way out, answers on the way in.
// What a name, an error or a pending call becomes in Python is decided there.
#include "host.h"
#include <stdlib.h>

enum status { STATUS_VALUE, STATUS_ERROR, STATUS_PENDING };

IMPORT(host_call) int64_t host_call(const char *name, size_t name_len, const uint8_t *args, size_t args_len);
IMPORT(host_take) void host_take(uint8_t *dst);
IMPORT(host_wait) int32_t host_wait(int64_t timeout_us);

static Limits limits;

void host_limits(Limits from_request)
{
    limits = from_request;
}

static int refused(PyObject *name, const Refusal *refusal)
{
    PyErr_Format(refusal->limit ? PyExc_ValueError : PyExc_TypeError, "%U: argument %s: %s", name, refusal->path,
                 refusal->message);
    return -1;
}

// One argument by its place or its name; two containers stand around it.
static int encode_argument(Writer *w, PyObject *function, PyObject *value, Path path)
{
    Refusal refusal;
    Encoding outcome = encode(w, value, &limits, &path, 2, &refusal);
    return outcome == ENCODED ? 0 : outcome == REFUSED ? refused(function, &refusal) : -1;
}

static int encode_arguments(Writer *w, PyObject *function, PyObject *args, PyObject *kwargs)
{
    write_count(w, TAG_LIST, 2);
    write_count(w, TAG_LIST, PyTuple_GET_SIZE(args));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++)
        if (encode_argument(w, function, PyTuple_GET_ITEM(args, i), (Path){ .index = i }))
            return -1;
    write_count(w, TAG_MAP, PyDict_GET_SIZE(kwargs));
    PyObject *key, *value;
    for (Py_ssize_t at = 0; PyDict_Next(kwargs, &at, &key, &value);) {
        Path path = { .name = key };
        if (encode_argument(w, function, key, path) || encode_argument(w, function, value, path))
            return -1;
    }
    if (w->failed) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static uint8_t *take(size_t len)
{
    uint8_t *bytes = malloc(len + 1);
    if (bytes)
        host_take(bytes);
    else
        PyErr_NoMemory();
    return bytes;
}

static PyObject *take_answer(uint64_t answer)
{
    uint32_t status = answer >> 32, low = (uint32_t)answer;
    if (status == STATUS_PENDING)
        return PyLong_FromUnsignedLong(low);
    uint8_t *bytes = take(low);
    if (!bytes)
        return NULL;
    Reader r = { bytes, bytes + low };
    PyObject *value = decode(&r), *result = NULL;
    if (value && status == STATUS_VALUE)
        result = Py_BuildValue("(OO)", Py_True, value);
    else if (value)
        result = Py_BuildValue("(OOy#)", Py_False, value, bytes, (Py_ssize_t)low);
    Py_XDECREF(value);
    free(bytes);
    return result;
}

PyObject *host_call_function(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyUnicode_Check(args[0]) || !PyTuple_Check(args[1]) || !PyDict_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "host_call(name, args, kwargs)");
        return NULL;
    }
    Py_ssize_t len;
    const char *name = PyUnicode_AsUTF8AndSize(args[0], &len);
    Writer w = { 0 };
    PyObject *result = NULL;
    if (name && !encode_arguments(&w, args[0], args[1], args[2])) {
        int64_t answer = host_call(name, len, w.bytes, w.len);
        writer_free(&w);
        result = take_answer(answer);
    }
    writer_free(&w);
    return result;
}

// `[id, ok, value or error map]`, taken apart here so that the error map's bytes can be kept.
static PyObject *settled(const uint8_t *bytes, size_t len)
{
    Reader r = { bytes, bytes + len };
    enum tag list, ok;
    uint32_t count;
    int64_t id;
    if (!read_tag(&r, &list) || list != TAG_LIST || !read_u32(&r, &count) || count != 3 || !read_int(&r, &id) ||
        !read_tag(&r, &ok) || (ok != TAG_TRUE && ok != TAG_FALSE)) {
        PyErr_SetString(PyExc_SystemError, "the answer of the host is malformed");
        return NULL;
    }
    const uint8_t *from = r.at;
    PyObject *value = decode(&r);
    if (!value)
        return NULL;
    PyObject *result = Py_BuildValue("(LOOy#)", (long long)id, ok == TAG_TRUE ? Py_True : Py_False, value, from,
                                     (Py_ssize_t)(ok == TAG_TRUE ? 0 : r.at - from));
    Py_DECREF(value);
    return result;
}

PyObject *host_wait_function(PyObject *module, PyObject *microseconds)
{
    long long timeout = PyLong_AsLongLong(microseconds);
    if (timeout == -1 && PyErr_Occurred())
        return NULL;
    uint32_t len = host_wait(timeout);
    if (!len)
        Py_RETURN_NONE;
    uint8_t *bytes = take(len);
    PyObject *result = bytes ? settled(bytes, len) : NULL;
    free(bytes);
    return result;
}
