// Owns the exports: starting up, taking a request, handing back an outcome.
// What a run leaves behind for the next one is the guest's modules and variables.
#include "chance.h"
#include "heap.h"
#include "host.h"
#include "output.h"
#include "run.h"
#include "start.h"
#include <stdlib.h>

#define SMALL_REQUEST (64u << 10)
#define HEADROOM (16u << 20)
#define TEXT_MAX (64u << 10)
/** Kept back, so that after running out of memory a program can still be told to let go of something. */
#define RESERVE (1u << 20)

enum status { STATUS_OK, STATUS_THREW, STATUS_EXIT, STATUS_REFUSED, STATUS_MEMORY, STATUS_STALLED, STATUS_MISSING };

static struct {
    uint32_t status;
    const uint8_t *value;
    uint32_t len;
} outcome;

static uint8_t small_request[SMALL_REQUEST];
static uint8_t *large_request;
static size_t large_cap;
static Writer result;
static void *reserve;
/** Encoded parts of the last request, kept so that only what changed is done anew. */
static Writer known_host, known_env, known_argv, known_path, known_stdin;

/** Of the C library, which has no header for it. */
void __wasilibc_reset_preopens(void);

EXPORT(sbx_buf) uint8_t *sbx_buf(uint32_t len)
{
    if (len <= SMALL_REQUEST)
        return small_request;
    if (len <= large_cap)
        return large_request;
    free(large_request);
    large_cap = 0;
    large_request = malloc(len);
    if (large_request)
        large_cap = len;
    return large_request;
}

static const uint8_t *request_bytes(uint32_t len)
{
    return len <= SMALL_REQUEST ? small_request : len <= large_cap ? large_request : NULL;
}

static void drop_large_request(void)
{
    free(large_request);
    large_request = NULL;
    large_cap = 0;
}

static void renew_result(void)
{
    result.len = 0;
    result.failed = false;
}

static void answer(enum status status)
{
    outcome.status = status;
    outcome.value = result.bytes;
    outcome.len = result.len;
}

static void answer_null(enum status status)
{
    static const uint8_t null = TAG_NULL;
    outcome.status = status;
    outcome.value = &null;
    outcome.len = 1;
}

static void answer_refusal(const char *path, const char *message, const char *limit)
{
    renew_result();
    write_count(&result, TAG_MAP, limit ? 3 : 2);
    write_text(&result, "path");
    write_text(&result, path);
    write_text(&result, "message");
    write_text(&result, message);
    if (limit) {
        write_text(&result, "limit");
        write_text(&result, limit);
    }
    answer(STATUS_REFUSED);
}

static void answer_exit(PyObject *error)
{
    PyObject *code = PyObject_CallOneArg(start.exit_code, error);
    long long n = code ? PyLong_AsLongLong(code) : 1;
    PyErr_Clear();
    Py_XDECREF(code);
    renew_result();
    write_int(&result, n);
    answer(STATUS_EXIT);
}

// The traceback's end says most, so it is its beginning that a small limit costs.
static void write_stack(PyObject *stack, size_t cap)
{
    Py_ssize_t len = PyUnicode_Check(stack) ? PyUnicode_GET_LENGTH(stack) : 0;
    Py_ssize_t from = (size_t)len > cap / 4 && cap / 4 < TEXT_MAX / 4 ? len - (Py_ssize_t)(cap / 4) : 0;
    PyObject *tail = from ? PyUnicode_Substring(stack, from, len) : Py_NewRef(stack);
    write_shown(&result, tail, cap);
    Py_XDECREF(tail);
}

static bool write_exception(PyObject *error, const Limits *limits)
{
    size_t cap = limits->bytes / 8 < TEXT_MAX ? limits->bytes / 8 : TEXT_MAX;
    PyObject *told = PyObject_CallOneArg(start.describe, error);
    if (!told || !PyTuple_Check(told) || PyTuple_GET_SIZE(told) != 5) {
        Py_XDECREF(told);
        return false;
    }
    PyObject *origin = PyTuple_GET_ITEM(told, 3), *code = PyTuple_GET_ITEM(told, 4);
    bool from_host = PyBytes_Check(origin) && (size_t)PyBytes_GET_SIZE(origin) < limits->bytes / 2;
    write_count(&result, TAG_MAP, 3 + from_host + PyUnicode_Check(code));
    write_text(&result, "type");
    write_shown(&result, PyTuple_GET_ITEM(told, 0), cap);
    write_text(&result, "message");
    write_shown(&result, PyTuple_GET_ITEM(told, 1), cap);
    write_text(&result, "stack");
    write_stack(PyTuple_GET_ITEM(told, 2), cap);
    if (from_host) {
        write_text(&result, "hostError");
        write_bytes(&result, PyBytes_AS_STRING(origin), PyBytes_GET_SIZE(origin));
    }
    if (PyUnicode_Check(code)) {
        write_text(&result, "code");
        write_shown(&result, code, cap);
    }
    Py_DECREF(told);
    return true;
}

// For an exception that cannot even be described: its type is a name in C.
static void write_type_only(PyObject *error)
{
    const char *name = Py_TYPE(error)->tp_name;
    renew_result();
    write_count(&result, TAG_MAP, 3);
    write_text(&result, "type");
    write_text(&result, name);
    write_text(&result, "message");
    write_text(&result, "");
    write_text(&result, "stack");
    write_text(&result, name);
}

static void answer_exception(const Request *request)
{
    PyObject *error = PyErr_GetRaisedException();
    // Whoever used up the stack gave it back by now.
    start_stack(request->stack);
    renew_result();
    if (!error || PyErr_GivenExceptionMatches(error, PyExc_MemoryError)) {
        answer_null(STATUS_MEMORY);
    } else if (PyErr_GivenExceptionMatches(error, start.Stalled)) {
        answer_null(STATUS_STALLED);
    } else if (PyErr_GivenExceptionMatches(error, PyExc_SystemExit)) {
        answer_exit(error);
    } else {
        if (!write_exception(error, &request->limits)) {
            PyErr_Clear();
            write_type_only(error);
        }
        if (result.failed)
            answer_null(STATUS_MEMORY);
        else
            answer(STATUS_THREW);
    }
    Py_XDECREF(error);
    PyErr_Clear();
    if (outcome.status == STATUS_MEMORY)
        PyGC_Collect();
}

static void answer_missing(const Request *request)
{
    PyObject *name = decode_text(request->function);
    PyErr_Clear();
    renew_result();
    write_count(&result, TAG_MAP, 1);
    write_text(&result, "name");
    write_shown(&result, name, 256);
    Py_XDECREF(name);
    answer(STATUS_MISSING);
}

// Whether a part differs from the one before; keeps it for the next time. Nothing is kept when memory runs out.
static bool is_news(Writer *known, Reader part)
{
    size_t len = part.end - part.at;
    if (known->len == len && (!len || !memcmp(known->bytes, part.at, len)))
        return false;
    known->len = 0;
    write_bytes(known, part.at, len);
    if (known->failed)
        writer_free(known);
    return true;
}

static PyObject *part_or(Reader part, PyObject *otherwise)
{
    if (!part.at)
        return otherwise;
    Py_XDECREF(otherwise);
    return decode_part(part);
}

static int install_host(Reader names)
{
    PyObject *list = part_or(names, PyList_New(0));
    PyObject *done = list ? PyObject_CallFunctionObjArgs(start.install_host, variables, list, NULL) : NULL;
    Py_XDECREF(list);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

// What every request brings along, and needs doing only when it changed.
static int prepare(const Request *request)
{
    host_limits(request->limits);
    if (chance_begin(request->seed))
        return -1;
    if (is_news(&known_host, request->host) && install_host(request->host))
        return -1;
    if (is_news(&known_env, request->env) && start_call(start.set_env, part_or(request->env, PyDict_New())))
        return -1;
    if (is_news(&known_argv, request->argv) && start_call(start.set_argv, part_or(request->argv, PyList_New(0))))
        return -1;
    if (is_news(&known_path, request->path) && start_call(start.set_path, part_or(request->path, Py_NewRef(Py_None))))
        return -1;
    // Each run that brings input reads it from its beginning.
    if (request->typed.at || is_news(&known_stdin, request->typed))
        return start_call(start.set_stdin, request->typed.at ? decode_text(request->typed) : Py_NewRef(Py_None));
    return 0;
}

static Progress perform(const Request *request, PyObject **value)
{
    if (prepare(request))
        return RUN_THREW;
    if (is_text(request->op, "call"))
        return run_call(request, value);
    if (run_inputs(request->inputs))
        return RUN_THREW;
    Progress progress = run_code(request, value);
    if (progress != RUN_DONE || !request->function.at)
        return progress;
    Py_CLEAR(*value);
    return run_call(request, value);
}

static void handle(const Request *request)
{
    PyObject *value = NULL;
    Refusal refusal;
    Progress progress = perform(request, &value);
    if (progress == RUN_MISSING)
        return answer_missing(request);
    if (progress == RUN_THREW)
        return answer_exception(request);
    Encoding encoding = encode(&result, value, &request->limits, NULL, 0, &refusal);
    Py_DECREF(value);
    if (encoding == THREW)
        answer_exception(request);
    else if (encoding == REFUSED)
        answer_refusal(refusal.path, refusal.message, refusal.limit);
    else
        answer(STATUS_OK);
}

EXPORT(sbx_run) void *sbx_run(uint32_t len)
{
    Request request;
    const uint8_t *bytes = request_bytes(len);
    if (result.cap > SMALL_REQUEST)
        writer_free(&result);
    renew_result();
    if (bytes && request_parse(bytes, len, &request)) {
        start_stack(request.stack);
        handle(&request);
    } else {
        answer_refusal("$", "the request is malformed", NULL);
    }
    output_flush();
    drop_large_request();
    if (outcome.status == STATUS_MEMORY) {
        free(reserve);
        reserve = NULL;
    } else if (!reserve) {
        reserve = malloc(RESERVE);
    }
    return &outcome;
}

EXPORT(sbx_gc) void sbx_gc(void)
{
    start_stack(STACK_USUAL);
    PyGC_Collect();
}

// Takes back what the warm-up left, so that every sandbox begins alike.
static int settle(void)
{
    Writer *kept[] = { &known_host, &known_env, &known_argv, &known_path, &known_stdin, &result };
    start_stack(STACK_USUAL);
    output_drop();
    if (start_variables() || start_call(start.restart, Py_NewRef(variables))) {
        PyErr_Print();
        return __LINE__;
    }
    output_drop();
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        writer_free(kept[i]);
    // What a plain sandbox brings along is what is there already, so that its first run has nothing to do.
    write_count(&known_host, TAG_LIST, 0);
    write_count(&known_argv, TAG_LIST, 0);
    write_count(&known_env, TAG_MAP, 0);
    drop_large_request();
    memset(small_request, 0, sizeof small_request);
    // Which folders there are is for each sandbox to find out.
    __wasilibc_reset_preopens();
    // Heap that is there before the snapshot needs no growing later, and what has not grown can be rewound.
    if (!reserve)
        reserve = malloc(RESERVE);
    return heap_reserve(HEADROOM) ? 0 : __LINE__;
}

EXPORT(sbx_init) int32_t sbx_init(int32_t stage)
{
    if (stage == 0)
        return start_interpreter() ? __LINE__ : 0;
    return stage == 1 ? settle() : -1;
}
