// Owns the built-in module `_kdf`: `pbkdf2_hmac` and `scrypt` with the arguments, checks and errors that they have in
// CPython, where they come with OpenSSL. hashlib takes them from here (../sources/patches/hashlib-kdf.patch).
#include "kdf.h"
#include <limits.h>

/** What OpenSSL allows where `maxmem` does not say. */
#define ROOM_USUAL (32u << 20)

static Octets octets(const Py_buffer *view)
{
    return (Octets){ view->buf, view->len };
}

static bool is_short(const Py_buffer *view, const char *name)
{
    if (view->len <= INT_MAX)
        return true;
    PyErr_Format(PyExc_OverflowError, "%s is too long.", name);
    return false;
}

static PyObject *derive(const char *hash, Py_buffer *password, Py_buffer *salt, long iterations, PyObject *given)
{
    const Algorithm *algorithm = digest_find(hash);
    if (!algorithm)
        return PyErr_Format(PyExc_ValueError, "unsupported hash type %s", hash);
    if (!is_short(password, "password") || !is_short(salt, "salt"))
        return NULL;
    if (iterations < 1) {
        PyErr_SetString(PyExc_ValueError, "iteration value must be greater than 0.");
        return NULL;
    }
    long len = given == Py_None ? (long)digest_size(algorithm) : PyLong_AsLong(given);
    if (len == -1 && PyErr_Occurred())
        return NULL;
    if (len < 1) {
        PyErr_SetString(PyExc_ValueError, "key length must be greater than 0.");
        return NULL;
    }
    PyObject *key = PyBytes_FromStringAndSize(NULL, len);
    if (key)
        pbkdf2(algorithm, octets(password), octets(salt), iterations, (uint8_t *)PyBytes_AS_STRING(key), len);
    return key;
}

static PyObject *pbkdf2_hmac(PyObject *module, PyObject *args, PyObject *named)
{
    static char *names[] = { "hash_name", "password", "salt", "iterations", "dklen", NULL };
    const char *hash;
    Py_buffer password, salt;
    long iterations;
    PyObject *len = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, named, "sy*y*l|O:pbkdf2_hmac", names, &hash, &password, &salt, &iterations, &len))
        return NULL;
    PyObject *key = derive(hash, &password, &salt, iterations, len);
    PyBuffer_Release(&password);
    PyBuffer_Release(&salt);
    return key;
}

static bool number(PyObject *given, const char *name, unsigned long *n)
{
    *n = given ? PyLong_AsUnsignedLong(given) : (unsigned long)-1;
    if (given && !(*n == (unsigned long)-1 && PyErr_Occurred()))
        return true;
    PyErr_Format(PyExc_TypeError, "%s is required and must be an unsigned int", name);
    return false;
}

static bool within(long value, long least, const char *name)
{
    if (value >= least)
        return true;
    PyErr_Format(PyExc_ValueError, "%s must be %s and smaller than %d", name, least ? "greater than 0" : "positive", INT_MAX);
    return false;
}

static PyObject *stretch(Py_buffer *password, Py_buffer *salt, PyObject *const given[3], long most, long len)
{
    unsigned long n, r, p;
    if (!is_short(password, "password"))
        return NULL;
    if (!salt->obj) {
        PyErr_SetString(PyExc_TypeError, "salt is required");
        return NULL;
    }
    if (!is_short(salt, "salt") || !number(given[0], "n", &n))
        return NULL;
    if (n < 2 || (n & (n - 1))) {
        PyErr_SetString(PyExc_ValueError, "n must be a power of 2.");
        return NULL;
    }
    if (!number(given[1], "r", &r) || !number(given[2], "p", &p) || !within(most, 0, "maxmem") || !within(len, 1, "dklen"))
        return NULL;
    uint64_t room = scrypt_room(n, r, p);
    if (!room || room > (most ? (unsigned long)most : ROOM_USUAL)) {
        const char *why = room ? "memory limit exceeded" : "Invalid parameter combination for n, r, p, maxmem.";
        PyErr_SetString(PyExc_ValueError, why);
        return NULL;
    }
    PyObject *key = PyBytes_FromStringAndSize(NULL, len);
    if (key && !scrypt(octets(password), octets(salt), n, r, p, (uint8_t *)PyBytes_AS_STRING(key), len)) {
        Py_CLEAR(key);
        PyErr_NoMemory();
    }
    return key;
}

static PyObject *scrypt_function(PyObject *module, PyObject *args, PyObject *named)
{
    static char *names[] = { "password", "salt", "n", "r", "p", "maxmem", "dklen", NULL };
    Py_buffer password, salt = { 0 };
    PyObject *given[3] = { 0 };
    long most = 0, len = 64;
    if (!PyArg_ParseTupleAndKeywords(args, named, "y*|$y*O!O!O!ll:scrypt", names, &password, &salt, &PyLong_Type,
                                     &given[0], &PyLong_Type, &given[1], &PyLong_Type, &given[2], &most, &len))
        return NULL;
    PyObject *key = stretch(&password, &salt, given, most, len);
    PyBuffer_Release(&password);
    PyBuffer_Release(&salt);
    return key;
}

PyDoc_STRVAR(pbkdf2_doc, "pbkdf2_hmac($module, /, hash_name, password, salt, iterations,\n            dklen=None)\n--\n\n"
                         "A key derived from a password by PBKDF2 with HMAC.");
PyDoc_STRVAR(scrypt_doc, "scrypt($module, /, password, *, salt=None, n=None, r=None, p=None,\n       maxmem=0, dklen=64)\n"
                         "--\n\nA key derived from a password by scrypt.");

static PyMethodDef methods[] = {
    { "pbkdf2_hmac", (PyCFunction)(void *)pbkdf2_hmac, METH_VARARGS | METH_KEYWORDS, pbkdf2_doc },
    { "scrypt", (PyCFunction)(void *)scrypt_function, METH_VARARGS | METH_KEYWORDS, scrypt_doc },
    { NULL, NULL, 0, NULL },
};

static struct PyModuleDef definition = { PyModuleDef_HEAD_INIT, .m_name = "_kdf", .m_size = 0, .m_methods = methods };

PyMODINIT_FUNC PyInit__kdf(void)
{
    return PyModule_Create(&definition);
}
