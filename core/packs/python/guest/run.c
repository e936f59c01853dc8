// Owns running code and calling functions. The value of a run is that of its last expression: the tree is
// changed before it is compiled, so that there is one parse and every line keeps its number.
#include "run.h"
#include "sources.h"
#include "start.h"
#include "internal/pycore_ast.h"
#include "internal/pycore_compile.h"
#include "internal/pycore_parser.h"
#include "internal/pycore_pyarena.h"
#include <stdlib.h>

/** No name of a program can be spelled like this. */
static const char value_name[] = ".value";

static PyObject *kept_name(void)
{
    static PyObject *name;
    if (!name)
        name = PyUnicode_InternFromString(value_name);
    return name;
}

// `expression` as the last statement becomes `.value = expression`.
static int keep_value(mod_ty module, PyArena *arena)
{
    asdl_stmt_seq *body = module->v.Module.body;
    Py_ssize_t count = asdl_seq_LEN(body);
    stmt_ty last = count ? asdl_seq_GET(body, count - 1) : NULL;
    if (!last || last->kind != Expr_kind)
        return 0;
    int line = last->lineno, column = last->col_offset, end = last->end_lineno, end_column = last->end_col_offset;
    asdl_expr_seq *targets = _Py_asdl_expr_seq_new(1, arena);
    expr_ty target = targets ? _PyAST_Name(kept_name(), Store, line, column, end, end_column, arena) : NULL;
    if (!target)
        return -1;
    asdl_seq_SET(targets, 0, target);
    stmt_ty assign = _PyAST_Assign(targets, last->v.Expr.value, NULL, line, column, end, end_column, arena);
    if (!assign)
        return -1;
    asdl_seq_SET(body, count - 1, assign);
    return 0;
}

static PyObject *compile_text(const char *text, PyObject *file)
{
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    flags.cf_flags = PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE | PyCF_ALLOW_TOP_LEVEL_AWAIT;
    PyArena *arena = _PyArena_New();
    if (!arena)
        return NULL;
    PyObject *code = NULL;
    mod_ty module = _PyParser_ASTFromString(text, file, Py_file_input, &flags, arena);
    if (module && !keep_value(module, arena))
        code = (PyObject *)_PyAST_Compile(module, file, &flags, -1, arena);
    _PyArena_Free(arena);
    return code;
}

// Keeps the source for tracebacks; gives the code up when that fails.
static PyObject *remembered(PyObject *compiled, PyObject *file, Reader code)
{
    PyObject *source = compiled ? decode_text(code) : NULL;
    if (!source || sources_remember(file, source, compiled))
        Py_CLEAR(compiled);
    Py_XDECREF(source);
    return compiled;
}

static PyObject *compile(Reader code, PyObject *file)
{
    size_t len = code.end - code.at;
    if (memchr(code.at, 0, len)) {
        PyErr_SetString(PyExc_SyntaxError, "source code cannot contain null bytes");
        return NULL;
    }
    char *text = malloc(len + 1);
    if (!text)
        return PyErr_NoMemory();
    memcpy(text, code.at, len);
    text[len] = 0;
    PyObject *compiled = compile_text(text, file);
    free(text);
    return remembered(compiled, file, code);
}

static bool is_awaitable(PyObject *value)
{
    const PyAsyncMethods *async = Py_TYPE(value)->tp_as_async;
    return PyCoro_CheckExact(value) || (async && async->am_await);
}

// Gives the value up, and what came of it instead; NULL: it raised.
static PyObject *finished(PyObject *value)
{
    if (!value || !is_awaitable(value))
        return value;
    PyObject *result = PyObject_CallOneArg(start.finish, value);
    Py_DECREF(value);
    return result;
}

Progress run_code(const Request *request, PyObject **value)
{
    PyObject *file = request->file.at ? decode_text(request->file) : PyUnicode_FromString("<main>");
    PyObject *code = file ? compile(request->code, file) : NULL;
    Py_XDECREF(file);
    PyObject *result = code ? PyEval_EvalCode(code, variables, variables) : NULL;
    bool async = code && ((PyCodeObject *)code)->co_flags & CO_COROUTINE;
    Py_XDECREF(code);
    if (async)
        result = finished(result);
    PyObject *last = NULL;
    if (PyDict_Pop(variables, kept_name(), &last) < 0 || !result) {
        Py_XDECREF(last);
        Py_XDECREF(result);
        return RUN_THREW;
    }
    Py_DECREF(result);
    *value = finished(last ? last : Py_NewRef(Py_None));
    return *value ? RUN_DONE : RUN_THREW;
}

static PyObject *first_name(PyObject *name)
{
    PyObject *found = PyDict_GetItemWithError(variables, name);
    if (!found && !PyErr_Occurred())
        found = PyDict_GetItemWithError(PyEval_GetBuiltins(), name);
    return Py_XNewRef(found);
}

// `a.b.c`: the function. NULL without an exception: there is none.
static PyObject *find(Reader path)
{
    PyObject *found = NULL;
    for (const uint8_t *at = path.at; at <= path.end; at++) {
        const uint8_t *dot = memchr(at, '.', path.end - at);
        PyObject *name = decode_text((Reader){ at, dot ? dot : path.end }), *next = NULL;
        if (name)
            next = at == path.at ? first_name(name) : PyObject_GetAttr(found, name);
        Py_XDECREF(name);
        Py_XDECREF(found);
        found = next;
        if (!found || !dot)
            break;
        at = dot;
    }
    if (!found && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    if (found && !PyCallable_Check(found))
        Py_CLEAR(found);
    return found;
}

static PyObject *apply(PyObject *function, const Request *request)
{
    PyObject *list = request->args.at ? decode_part(request->args) : PyList_New(0);
    PyObject *named = list && request->kwargs.at ? decode_part(request->kwargs) : NULL;
    PyObject *args = list ? PyList_AsTuple(list) : NULL, *result = NULL;
    if (args && (named || !request->kwargs.at))
        result = PyObject_Call(function, args, named);
    Py_XDECREF(list);
    Py_XDECREF(named);
    Py_XDECREF(args);
    return finished(result);
}

Progress run_call(const Request *request, PyObject **value)
{
    PyObject *function = find(request->function);
    if (!function)
        return PyErr_Occurred() ? RUN_THREW : RUN_MISSING;
    *value = apply(function, request);
    Py_DECREF(function);
    return *value ? RUN_DONE : RUN_THREW;
}

int run_inputs(Reader map)
{
    PyObject *inputs = map.at ? decode_part(map) : PyDict_New(), *name, *value;
    int failed = inputs ? 0 : -1;
    for (Py_ssize_t at = 0; !failed && PyDict_Next(inputs, &at, &name, &value);) {
        if (!PyUnicode_Check(name)) {
            PyErr_SetString(PyExc_TypeError, "the name of an input is not a string");
            failed = -1;
        } else {
            failed = PyDict_SetItem(variables, name, value);
        }
    }
    Py_XDECREF(inputs);
    return failed;
}
