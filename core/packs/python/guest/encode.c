// Owns turning Python's values into bytes, and the reasons why some cannot leave.
// Python's own types are read directly. What else has a simple form (data classes, enums, decimals, ...)
// is asked from `simplify` in start.py, which also says why the rest is refused.
#include "codec.h"
#include "datetime.h"

typedef struct {
    Writer *w;
    const Limits *limits;
    Refusal *refusal;
} Encoder;

/** From start.py: value to (simple form, None), or (None, why not). */
static PyObject *simplify;

static Encoding encode_at(Encoder *e, PyObject *value, const Path *path, uint32_t depth);

int codec_start(void)
{
    PyObject *module = PyImport_ImportModule("_sandbox_start");
    simplify = module ? PyObject_GetAttrString(module, "simplify") : NULL;
    Py_XDECREF(module);
    PyDateTime_IMPORT;
    return simplify && PyDateTimeAPI ? 0 : -1;
}

static Encoding refuse(Encoder *e, const Path *path, const char *message, const char *limit)
{
    path_render(path, e->refusal->path, sizeof e->refusal->path);
    strncpy(e->refusal->message, message, sizeof e->refusal->message - 1);
    e->refusal->limit = limit;
    return REFUSED;
}

static Encoding too_large(Encoder *e, const Path *path)
{
    return refuse(e, path, "the value is too large", "bytes");
}

static size_t room(const Encoder *e)
{
    return e->limits->bytes > e->w->len ? e->limits->bytes - e->w->len : 0;
}

// After every value: memory and size.
static Encoding settle(Encoder *e, const Path *path)
{
    if (e->w->failed) {
        PyErr_NoMemory();
        return THREW;
    }
    return e->w->len > e->limits->bytes ? too_large(e, path) : ENCODED;
}

static Encoding encode_string(Encoder *e, PyObject *text, const Path *path)
{
    if ((size_t)PyUnicode_GET_LENGTH(text) > room(e))
        return too_large(e, path);
    Py_ssize_t len;
    if (PyUnicode_IS_COMPACT_ASCII(text)) {
        write_sized(e->w, TAG_STRING, PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text));
        return settle(e, path);
    }
    PyObject *utf8 = PyUnicode_AsUTF8String(text);
    if (!utf8 && PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
        PyErr_Clear();
        return refuse(e, path, "a string with half of a surrogate pair is no valid Unicode", NULL);
    }
    if (!utf8)
        return THREW;
    len = PyBytes_GET_SIZE(utf8);
    Encoding outcome = ENCODED;
    if ((size_t)len > room(e))
        outcome = too_large(e, path);
    else
        write_sized(e->w, TAG_STRING, PyBytes_AS_STRING(utf8), len);
    Py_DECREF(utf8);
    return outcome == ENCODED ? settle(e, path) : outcome;
}

static Encoding encode_int(Encoder *e, PyObject *value, const Path *path)
{
    int overflow;
    long long n = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (n == -1 && PyErr_Occurred())
        return THREW;
    if (!overflow) {
        write_int(e->w, n);
        return settle(e, path);
    }
    size_t bits = _PyLong_NumBits(value);
    uint32_t len = bits / 8 + 1;
    if (len > room(e))
        return too_large(e, path);
    PyObject *magnitude = overflow < 0 ? PyNumber_Negative(value) : Py_NewRef(value);
    if (!magnitude)
        return THREW;
    if (bits % 8 == 0)
        len--;
    write_tag(e->w, TAG_BIGINT);
    write_bytes(e->w, &(uint8_t){ overflow < 0 }, 1);
    write_bytes(e->w, &len, sizeof len);
    uint8_t *out = write_room(e->w, len);
    int failed = out ? _PyLong_AsByteArray((PyLongObject *)magnitude, out, len, 1, 0, 1) : 0;
    Py_DECREF(magnitude);
    return failed ? THREW : settle(e, path);
}

static Encoding encode_buffer(Encoder *e, PyObject *value, const Path *path)
{
    Py_buffer view;
    if (PyObject_GetBuffer(value, &view, PyBUF_CONTIG_RO)) {
        if (!PyErr_ExceptionMatches(PyExc_BufferError))
            return THREW;
        PyErr_Clear();
        return refuse(e, path, "a view of memory with gaps cannot leave the sandbox", NULL);
    }
    Encoding outcome = ENCODED;
    if ((size_t)view.len > room(e))
        outcome = too_large(e, path);
    else
        write_sized(e->w, TAG_BYTES, view.buf, view.len);
    PyBuffer_Release(&view);
    return outcome == ENCODED ? settle(e, path) : outcome;
}

static int64_t days_before(int64_t year)
{
    year--;
    return year * 365 + year / 4 - year / 100 + year / 400;
}

// A moment without a zone is taken as UTC.
static Encoding encode_datetime(Encoder *e, PyObject *value, const Path *path)
{
    int64_t offset = 0;
    PyObject *east = PyObject_CallMethod(value, "utcoffset", NULL);
    if (!east)
        return THREW;
    if (PyDelta_Check(east))
        offset = (int64_t)PyDateTime_DELTA_GET_DAYS(east) * 86400 + PyDateTime_DELTA_GET_SECONDS(east);
    Py_DECREF(east);
    static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
    int year = PyDateTime_GET_YEAR(value), month = PyDateTime_GET_MONTH(value);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    int64_t days = days_before(year) - days_before(1970) + before[month - 1] + (leap && month > 2) +
                   PyDateTime_GET_DAY(value) - 1;
    int64_t seconds = days * 86400 + PyDateTime_DATE_GET_HOUR(value) * 3600 +
                      PyDateTime_DATE_GET_MINUTE(value) * 60 + PyDateTime_DATE_GET_SECOND(value) - offset;
    int64_t micros = seconds * 1000000 + PyDateTime_DATE_GET_MICROSECOND(value);
    int16_t minutes = offset / 60 - (offset % 60 < 0);
    write_tag(e->w, TAG_DATETIME);
    write_bytes(e->w, &micros, sizeof micros);
    write_bytes(e->w, &minutes, sizeof minutes);
    return settle(e, path);
}

static bool is_cyclic(const Path *path, const void *object)
{
    for (; path; path = path->up)
        if (path->object == object)
            return true;
    return false;
}

// A list, tuple or copy of something else. Code of the guest may run in between and shorten it.
static Encoding encode_items(Encoder *e, PyObject *items, Path *path, uint32_t depth)
{
    Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    if ((size_t)count > room(e))
        return too_large(e, path->up);
    write_count(e->w, TAG_LIST, count);
    Encoding outcome = settle(e, path->up);
    for (Py_ssize_t i = 0; i < count && outcome == ENCODED; i++) {
        path->index = i;
        if (i >= PySequence_Fast_GET_SIZE(items)) {
            PyErr_SetString(PyExc_RuntimeError, "a list changed its size while it was read");
            return THREW;
        }
        PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(items, i));
        outcome = encode_at(e, item, path, depth + 1);
        Py_DECREF(item);
    }
    return outcome;
}

static Encoding encode_copy(Encoder *e, PyObject *iterable, Path *path, uint32_t depth)
{
    PyObject *items = PySequence_List(iterable);
    if (!items)
        return THREW;
    Encoding outcome = encode_items(e, items, path, depth);
    Py_DECREF(items);
    return outcome;
}

static Encoding encode_entry(Encoder *e, PyObject *entry, Path *path, uint32_t depth)
{
    if (!PyTuple_Check(entry) || PyTuple_GET_SIZE(entry) != 2) {
        PyErr_SetString(PyExc_TypeError, "items() of a mapping gave something else than pairs");
        return THREW;
    }
    PyObject *key = PyTuple_GET_ITEM(entry, 0);
    path->name = PyUnicode_Check(key) ? key : NULL;
    path->key = true;
    Encoding outcome = encode_at(e, key, path, depth + 1);
    path->key = false;
    return outcome == ENCODED ? encode_at(e, PyTuple_GET_ITEM(entry, 1), path, depth + 1) : outcome;
}

// The entries are copied first: code of the guest may run in between and change the mapping.
static Encoding encode_map(Encoder *e, PyObject *map, Path *path, uint32_t depth)
{
    PyObject *entries = PyDict_CheckExact(map) ? PyDict_Items(map) : PyMapping_Items(map);
    if (!entries)
        return THREW;
    Encoding outcome = ENCODED;
    Py_ssize_t count = PyList_GET_SIZE(entries);
    if ((size_t)count * 2 > room(e)) {
        outcome = too_large(e, path->up);
    } else {
        write_count(e->w, TAG_MAP, count);
        outcome = settle(e, path->up);
    }
    for (Py_ssize_t i = 0; i < count && outcome == ENCODED; i++) {
        path->index = i;
        outcome = encode_entry(e, PyList_GET_ITEM(entries, i), path, depth);
    }
    Py_DECREF(entries);
    return outcome;
}

static Encoding encode_other(Encoder *e, PyObject *value, Path *path, uint32_t depth)
{
    PyObject *answer = PyObject_CallOneArg(simplify, value);
    if (!answer)
        return THREW;
    PyObject *simple = PyTuple_GetItem(answer, 0), *why = PyTuple_GetItem(answer, 1);
    Encoding outcome = THREW;
    if (why && PyUnicode_Check(why)) {
        PyObject *utf8 = PyUnicode_AsEncodedString(why, "ascii", "backslashreplace");
        if (utf8)
            outcome = refuse(e, path->up, PyBytes_AS_STRING(utf8), NULL);
        Py_XDECREF(utf8);
    } else if (simple && PyDict_Check(simple)) {
        outcome = encode_map(e, simple, path, depth);
    } else if (simple && PyList_Check(simple)) {
        outcome = encode_items(e, simple, path, depth);
    } else if (simple) {
        // A part that stands for the whole, such as an enum's value.
        outcome = encode_at(e, simple, path, depth);
    }
    Py_DECREF(answer);
    return outcome;
}

static Encoding encode_container(Encoder *e, PyObject *value, const Path *path, uint32_t depth)
{
    Path here = { .up = path, .object = value };
    if (is_cyclic(path, value))
        return refuse(e, path, "a value that contains itself cannot leave the sandbox", NULL);
    if (PyList_Check(value) || PyTuple_Check(value))
        return encode_items(e, value, &here, depth);
    if (PyDict_Check(value))
        return encode_map(e, value, &here, depth);
    if (PyAnySet_Check(value))
        return encode_copy(e, value, &here, depth);
    return encode_other(e, value, &here, depth);
}

static Encoding encode_at(Encoder *e, PyObject *value, const Path *path, uint32_t depth)
{
    if (depth > e->limits->depth || depth > DEPTH_MAX)
        return refuse(e, path, "the value is nested too deeply", "depth");
    if (value == Py_None || PyBool_Check(value)) {
        write_tag(e->w, value == Py_None ? TAG_NULL : value == Py_True ? TAG_TRUE : TAG_FALSE);
        return settle(e, path);
    }
    if (PyUnicode_Check(value))
        return encode_string(e, value, path);
    if (PyLong_Check(value))
        return encode_int(e, value, path);
    if (PyFloat_Check(value)) {
        write_float(e->w, PyFloat_AS_DOUBLE(value));
        return settle(e, path);
    }
    if (PyBytes_Check(value) || PyByteArray_Check(value) || PyMemoryView_Check(value))
        return encode_buffer(e, value, path);
    if (PyDateTime_Check(value))
        return encode_datetime(e, value, path);
    if (Py_EnterRecursiveCall(" while a value leaves the sandbox"))
        return THREW;
    Encoding outcome = encode_container(e, value, path, depth);
    Py_LeaveRecursiveCall();
    return outcome;
}

Encoding encode(Writer *w, PyObject *value, const Limits *limits, const Path *path, uint32_t depth, Refusal *refusal)
{
    Encoder e = { w, limits, refusal };
    *refusal = (Refusal){ .limit = NULL };
    return encode_at(&e, value, path, depth);
}
