// Owns the built-in module `_sandbox`: what start.py needs from C. Nothing in it gives a guest more than
// it has anyway, so it is not hidden.
#include "module.h"
#include "chance.h"
#include "host.h"
#include "output.h"
#include "library.h"

static PyObject *write_text_to(int fd, PyObject *text)
{
    Py_ssize_t len;
    const char *utf8 = PyUnicode_AsUTF8AndSize(text, &len);
    if (utf8) {
        output_write(fd, utf8, len);
        return PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text));
    }
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
        return NULL;
    PyErr_Clear();
    PyObject *bytes = PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
    if (!bytes)
        return NULL;
    output_write(fd, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    Py_DECREF(bytes);
    return PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text));
}

static PyObject *write_to(int fd, PyObject *what)
{
    if (PyUnicode_Check(what))
        return write_text_to(fd, what);
    PyErr_Format(PyExc_TypeError, "write() argument must be str, not %.100s", Py_TYPE(what)->tp_name);
    return NULL;
}

static PyObject *write_out(PyObject *module, PyObject *text)
{
    return write_to(1, text);
}

static PyObject *write_err(PyObject *module, PyObject *text)
{
    return write_to(2, text);
}

static PyObject *write_raw(PyObject *module, PyObject *args)
{
    int fd;
    Py_buffer view;
    if (!PyArg_ParseTuple(args, "iy*", &fd, &view))
        return NULL;
    output_write(fd == 2 ? 2 : 1, view.buf, view.len);
    Py_ssize_t len = view.len;
    PyBuffer_Release(&view);
    return PyLong_FromSsize_t(len);
}

static PyObject *flush(PyObject *module, PyObject *none)
{
    output_flush();
    Py_RETURN_NONE;
}

static PyObject *stdlib(PyObject *module, PyObject *none)
{
    return library_parts();
}

static PyObject *own_chance(PyObject *module, PyObject *none)
{
    chance_own();
    Py_RETURN_NONE;
}

static PyObject *restart_chance(PyObject *module, PyObject *none)
{
    chance_restart();
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    { "write_out", write_out, METH_O, NULL },
    { "write_err", write_err, METH_O, NULL },
    { "write_raw", write_raw, METH_VARARGS, NULL },
    { "flush", flush, METH_NOARGS, NULL },
    { "stdlib", stdlib, METH_NOARGS, NULL },
    { "own_chance", own_chance, METH_NOARGS, NULL },
    { "restart_chance", restart_chance, METH_NOARGS, NULL },
    { "host_call", (PyCFunction)(void *)host_call_function, METH_FASTCALL, NULL },
    { "host_wait", host_wait_function, METH_O, NULL },
    { NULL, NULL, 0, NULL },
};

static struct PyModuleDef definition = { PyModuleDef_HEAD_INIT, .m_name = "_sandbox", .m_size = 0, .m_methods = methods };

PyObject *PyInit__sandbox(void)
{
    return PyModule_Create(&definition);
}
