// Owns the exports: starting up, taking a request, handing back an outcome.
// What a run leaves behind for the next one is the guest's globals and nothing else.
#include "guest.h"
#include <stdlib.h>
#include "builtins.h"
#include "commonjs.h"
#include "console.h"
#include "errors.h"
#include "heap.h"
#include "host.h"
#include "loop.h"
#include "modules.h"
#include "output.h"
#include "random.h"
#include "run.h"
#include "web.h"

#define SMALL_REQUEST (64u << 10)
#define HEADROOM (4u << 20)
#define EXPECT(step) \
    do { \
        if (step) \
            return __LINE__; \
    } while (0)

enum status { STATUS_OK, STATUS_THREW, STATUS_EXIT, STATUS_REFUSED, STATUS_MEMORY, STATUS_STALLED, STATUS_MISSING };

JSRuntime *rt;
JSContext *cx;

static struct {
    uint32_t status;
    const uint8_t *value;
    uint32_t len;
} outcome;

static uint8_t small_request[SMALL_REQUEST + 1];
static uint8_t *large_request;
static size_t large_cap;
static Writer result;
static JSValue global, performance;
/** Not yet used since it was made: its clock starts with the first request. */
static bool unborn;
/** Encoded parts of the last request that globals were made of. */
static Writer known_host, known_env, known_argv;
/** Names of the globals before any code ran. */
static JSPropertyEnum *builtin;
static uint32_t builtin_count;

EXPORT(sbx_buf) uint8_t *sbx_buf(uint32_t len)
{
    if (len <= SMALL_REQUEST)
        return small_request;
    if (len <= large_cap)
        return large_request;
    free(large_request);
    large_cap = 0;
    // One byte more: the parser wants a zero behind the code.
    large_request = malloc((size_t)len + 1);
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
    result.len = 0;
    result.failed = false;
    write_count(&result, TAG_MAP, limit ? 3 : 2);
    write_text(&result, "path");
    write_lossy(&result, path, strlen(path), strlen(path));
    write_text(&result, "message");
    write_text(&result, message);
    if (limit) {
        write_text(&result, "limit");
        write_text(&result, limit);
    }
    answer(STATUS_REFUSED);
}

static void answer_exception(const Limits *limits)
{
    JSValue thrown = JS_GetException(cx);
    bool exhausted = engine_exhausted() && error_is_exhaustion(thrown);
    result.len = 0;
    result.failed = false;
    if (!exhausted)
        error_describe(&result, thrown, limits);
    JS_FreeValue(cx, thrown);
    if (exhausted || result.failed)
        answer_null(STATUS_MEMORY);
    else
        answer(STATUS_THREW);
}

static void answer_missing(const Request *request)
{
    result.len = 0;
    write_count(&result, TAG_MAP, 1);
    write_text(&result, "name");
    size_t len = request->function.end - request->function.at;
    write_lossy(&result, (const char *)request->function.at, len, 256);
    answer(STATUS_MISSING);
}

// Whether a part differs from the one before; keeps it for the next time. Nothing is kept when memory runs out.
static bool is_news(Writer *known, Reader part)
{
    size_t len = part.end - part.at;
    if (known->len == len && !memcmp(known->bytes, part.at, len))
        return false;
    known->len = 0;
    write_bytes(known, part.at, len);
    if (known->failed)
        writer_free(known);
    return true;
}

static int set_global(const char *name, Reader encoded)
{
    JSAtom atom = JS_NewAtom(cx, name);
    int failed = encoded.at ? run_global(global, atom, decode(&encoded)) : JS_DeleteProperty(cx, global, atom, 0);
    JS_FreeAtom(cx, atom);
    return failed < 0 ? -1 : 0;
}

// What every request brings along, and needs doing only when it changed.
static int prepare(const Request *request)
{
    host_limits(request->limits);
    if (request->seed.at)
        random_seed(request->seed.at);
    if (unborn)
        engine_born(cx, performance);
    unborn = false;
    if (is_news(&known_host, request->host) && host_install(global, request->host))
        return -1;
    if (is_news(&known_env, request->env) && set_global("env", request->env))
        return -1;
    return is_news(&known_argv, request->argv) && set_global("scriptArgs", request->argv) ? -1 : 0;
}

static Progress perform(const Request *request, JSValue *value)
{
    if (prepare(request))
        return RUN_THREW;
    if (is_text(request->op, "call"))
        return run_call(request, value);
    if (run_globals(global, request->inputs))
        return RUN_THREW;
    Progress progress = run_code(request, global, value);
    if (progress != RUN_DONE || !request->function.at)
        return progress;
    JS_FreeValue(cx, *value);
    *value = JS_UNDEFINED;
    return run_call(request, value);
}

// The value as it is when it becomes known; timers and answers that are still to come run after that.
static void handle(const Request *request)
{
    JSValue value = JS_UNDEFINED;
    Refusal refusal;
    Encoding encoding = THREW;
    Progress progress = perform(request, &value);
    if (progress == RUN_DONE) {
        encoding = encode(&result, value, &request->limits, NULL, 0, &refusal);
        JS_FreeValue(cx, value);
        progress = encoding == THREW ? RUN_THREW : run_rest();
    }
    if (progress == RUN_DONE && encoding == REFUSED)
        answer_refusal(refusal.path, refusal.message, refusal.limit);
    else if (progress == RUN_DONE)
        answer(STATUS_OK);
    else if (progress == RUN_THREW)
        answer_exception(&request->limits);
    else if (progress == RUN_MISSING)
        answer_missing(request);
    else
        answer_null(STATUS_STALLED);
    if (progress != RUN_DONE)
        loop_clear();
    if (outcome.status == STATUS_MEMORY)
        JS_RunGC(rt);
}

EXPORT(sbx_run) void *sbx_run(uint32_t len)
{
    Request request;
    const uint8_t *bytes = request_bytes(len);
    if (result.cap > SMALL_REQUEST)
        writer_free(&result);
    result.len = 0;
    result.failed = false;
    if (bytes && request_parse(bytes, len, &request)) {
        engine_enter(rt, request.stack);
        handle(&request);
    } else {
        answer_refusal("$", "the request is malformed", NULL);
    }
    output_flush();
    drop_large_request();
    return &outcome;
}

EXPORT(sbx_gc) void sbx_gc(void)
{
    engine_enter(rt, STACK_USUAL);
    JS_RunGC(rt);
}

static bool is_builtin(JSAtom name)
{
    for (uint32_t i = 0; i < builtin_count; i++)
        if (builtin[i].atom == name)
            return true;
    return false;
}

static int start(void)
{
    EXPECT(!(rt = engine_start()));
    engine_enter(rt, STACK_USUAL);
    EXPECT(!(cx = JS_NewContext(rt)));
    global = JS_GetGlobalObject(cx);
    performance = JS_GetPropertyStr(cx, global, "performance");
    EXPECT(random_install(global));
    EXPECT(loop_install(global));
    modules_install();
    EXPECT(console_install(global));
    EXPECT(web_install(global));
    EXPECT(builtins_install());
    EXPECT(commonjs_install());
    EXPECT(JS_GetOwnPropertyNames(cx, &builtin, &builtin_count, global, JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK));
    return 0;
}

// Most requests have no host functions, variables and arguments: that is in place before the first one comes.
static int prime(void)
{
    static const uint8_t list[] = { TAG_LIST, 0, 0, 0, 0 }, map[] = { TAG_MAP, 0, 0, 0, 0 };
    const Reader none = { list, list + sizeof list }, nothing = { map, map + sizeof map };
    EXPECT(!is_news(&known_host, none) || host_install(global, none));
    EXPECT(!is_news(&known_env, nothing) || set_global("env", nothing));
    EXPECT(!is_news(&known_argv, none) || set_global("scriptArgs", none));
    return 0;
}

// Takes back what the warm-up left, so that every sandbox begins alike.
static int settle(void)
{
    JSPropertyEnum *names;
    uint32_t count;
    engine_enter(rt, STACK_USUAL);
    loop_clear();
    output_drop();
    console_reset();
    EXPECT(engine_forget_all(cx));
    EXPECT(JS_GetOwnPropertyNames(cx, &names, &count, global, JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK));
    for (uint32_t i = 0; i < count; i++)
        if (!is_builtin(names[i].atom))
            EXPECT(engine_remove_global(cx, names[i].atom));
    JS_FreePropertyEnum(cx, names, count);
    EXPECT(host_install(global, (Reader){ 0 }));
    writer_free(&known_host);
    writer_free(&known_env);
    writer_free(&known_argv);
    writer_free(&result);
    drop_large_request();
    memset(small_request, 0, sizeof small_request);
    JS_RunGC(rt);
    // Heap that is there before the snapshot needs no growing later, and what has not grown can be rewound.
    EXPECT(!heap_reserve(HEADROOM));
    EXPECT(prime());
    heap_set_aside();
    unborn = true;
    return 0;
}

EXPORT(sbx_init) int32_t sbx_init(int32_t stage)
{
    return stage == 0 ? start() : stage == 1 ? settle() : -1;
}
