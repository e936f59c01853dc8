// Owns making Python's values out of encoded ones.
// Nothing is allocated for a count before it was compared with the bytes that are left.
#include "codec.h"
#include "datetime.h"

static PyObject *decode_at(Reader *r, uint32_t depth);

static PyObject *malformed(void)
{
    PyErr_SetString(PyExc_SystemError, "a value from outside is malformed");
    return NULL;
}

PyObject *decode_text(Reader text)
{
    return PyUnicode_DecodeUTF8((const char *)text.at, text.end - text.at, NULL);
}

static PyObject *decode_list(Reader *r, uint32_t depth)
{
    uint32_t count;
    if (!read_u32(r, &count) || count > (size_t)(r->end - r->at))
        return malformed();
    PyObject *list = PyList_New(count);
    for (uint32_t i = 0; list && i < count; i++) {
        PyObject *item = decode_at(r, depth + 1);
        if (!item)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, item);
    }
    return list;
}

// What cannot be hashed but can be a key elsewhere becomes what can.
static PyObject *as_key(PyObject *key)
{
    if (!key || !PyList_Check(key))
        return key;
    Py_ssize_t count = PyList_GET_SIZE(key);
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple && i < count; i++) {
        PyObject *item = as_key(Py_NewRef(PyList_GET_ITEM(key, i)));
        if (!item)
            Py_CLEAR(tuple);
        else
            PyTuple_SET_ITEM(tuple, i, item);
    }
    Py_DECREF(key);
    return tuple;
}

static PyObject *decode_map(Reader *r, uint32_t depth)
{
    uint32_t count;
    if (!read_u32(r, &count) || (uint64_t)count * 2 > (size_t)(r->end - r->at))
        return malformed();
    PyObject *map = PyDict_New();
    for (uint32_t i = 0; map && i < count; i++) {
        PyObject *key = as_key(decode_at(r, depth + 1));
        PyObject *value = key ? decode_at(r, depth + 1) : NULL;
        if (!value || PyDict_SetItem(map, key, value))
            Py_CLEAR(map);
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return map;
}

static PyObject *decode_bigint(Reader *r)
{
    uint8_t sign;
    Reader magnitude;
    if (!read_bytes(r, &sign, 1) || sign > 1 || !read_sized(r, &magnitude))
        return malformed();
    PyObject *n = _PyLong_FromByteArray(magnitude.at, magnitude.end - magnitude.at, 1, 0);
    if (!n || !sign)
        return n;
    PyObject *negative = PyNumber_Negative(n);
    Py_DECREF(n);
    return negative;
}

static PyObject *decode_datetime(Reader *r)
{
    int64_t micros;
    int16_t offset;
    if (!read_bytes(r, &micros, sizeof micros) || !read_bytes(r, &offset, sizeof offset))
        return malformed();
    // In two steps, because a span in microseconds has to fit into 32 bits.
    int64_t seconds = micros / 1000000 - (micros % 1000000 < 0);
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    PyObject *zone = NULL, *start = NULL, *span = NULL, *moment = NULL, *value = NULL;
    PyObject *east = PyDelta_FromDSU(0, offset * 60, 0);
    if (east)
        zone = offset ? PyTimeZone_FromOffset(east) : Py_NewRef(PyDateTime_TimeZone_UTC);
    if (zone)
        start = PyDateTimeAPI->DateTime_FromDateAndTime(1970, 1, 1, 0, 0, 0, 0, PyDateTime_TimeZone_UTC,
                                                        PyDateTimeAPI->DateTimeType);
    if (start)
        span = PyDelta_FromDSU((int)days, (int)(seconds - days * 86400), (int)(micros - seconds * 1000000));
    if (span)
        moment = PyNumber_Add(start, span);
    if (moment)
        value = offset ? PyObject_CallMethod(moment, "astimezone", "O", zone) : Py_NewRef(moment);
    Py_XDECREF(east);
    Py_XDECREF(zone);
    Py_XDECREF(start);
    Py_XDECREF(span);
    Py_XDECREF(moment);
    return value;
}

static PyObject *decode_one(Reader *r, enum tag tag, uint32_t depth)
{
    Reader bytes;
    int64_t n;
    double d;
    switch (tag) {
    case TAG_NULL:
        Py_RETURN_NONE;
    case TAG_FALSE:
        Py_RETURN_FALSE;
    case TAG_TRUE:
        Py_RETURN_TRUE;
    case TAG_INT:
        return read_bytes(r, &n, sizeof n) ? PyLong_FromLongLong(n) : malformed();
    case TAG_BIGINT:
        return decode_bigint(r);
    case TAG_FLOAT:
        return read_bytes(r, &d, sizeof d) ? PyFloat_FromDouble(d) : malformed();
    case TAG_STRING:
        return read_sized(r, &bytes) ? decode_text(bytes) : malformed();
    case TAG_BYTES:
        return read_sized(r, &bytes) ? PyBytes_FromStringAndSize((const char *)bytes.at, bytes.end - bytes.at)
                                     : malformed();
    case TAG_LIST:
        return decode_list(r, depth);
    case TAG_MAP:
        return decode_map(r, depth);
    case TAG_DATETIME:
        return decode_datetime(r);
    }
    return malformed();
}

static PyObject *decode_at(Reader *r, uint32_t depth)
{
    enum tag tag;
    if (depth > DEPTH_MAX) {
        PyErr_SetString(PyExc_RecursionError, "a value from outside is nested too deeply");
        return NULL;
    }
    if (!read_tag(r, &tag))
        return malformed();
    if (Py_EnterRecursiveCall(" while a value from outside is read"))
        return NULL;
    PyObject *value = decode_one(r, tag, depth);
    Py_LeaveRecursiveCall();
    return value;
}

PyObject *decode(Reader *r)
{
    if (!PyDateTimeAPI)
        PyDateTime_IMPORT;
    return PyDateTimeAPI ? decode_at(r, 0) : NULL;
}

PyObject *decode_part(Reader part)
{
    return decode(&part);
}
