// Owns setTimeout, setInterval and what cancels them: a list in the order in which they are due.
// Does not wait: loop.c does, and says when the time has come.
#include "timers.h"
#include <math.h>
#include <time.h>

#define MICROS 1000
/** The longest delay, as in browsers and Node: 2^31 - 1 milliseconds. */
#define DELAY_MAX 2147483647.0

typedef struct Timer {
    struct Timer *next;
    int64_t due;    // microseconds
    int64_t period; // 0: fires once
    int32_t id;
    int argc;
    JSValue callback;
    JSValue argv[];
} Timer;

static Timer *first;
static int32_t last_id;
// How far the host's waiting is ahead of the clock. A frozen clock does not move, and still time passes.
static int64_t ahead;

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000 + ahead;
}

static void insert(Timer *timer)
{
    Timer **at = &first;
    while (*at && (*at)->due <= timer->due)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
}

static void drop(Timer *timer)
{
    JS_FreeValue(cx, timer->callback);
    for (int i = 0; i < timer->argc; i++)
        JS_FreeValue(cx, timer->argv[i]);
    js_free(cx, timer);
}

static JSValue set(JSContext *c, JSValueConst self, int argc, JSValueConst *argv, int repeats)
{
    double delay = 0;
    if (argc < 1 || !JS_IsFunction(c, argv[0]))
        return JS_ThrowTypeError(c, "a timer's callback is not a function");
    if (argc > 1 && JS_ToFloat64(c, &delay, argv[1]))
        return JS_EXCEPTION;
    // An interval without a delay would never let anything else run.
    delay = fmin(fmax(isnan(delay) ? 0 : delay, repeats ? 1 : 0), DELAY_MAX);
    int count = argc > 2 ? argc - 2 : 0;
    Timer *timer = js_malloc(c, sizeof *timer + sizeof(JSValue) * count);
    if (!timer)
        return JS_EXCEPTION;
    int64_t micros = (int64_t)(delay * MICROS);
    last_id = last_id == INT32_MAX ? 1 : last_id + 1;
    *timer = (Timer){ .due = now() + micros, .period = repeats ? micros : 0, .id = last_id, .argc = count };
    timer->callback = JS_DupValue(c, argv[0]);
    for (int i = 0; i < count; i++)
        timer->argv[i] = JS_DupValue(c, argv[i + 2]);
    insert(timer);
    return JS_NewInt32(c, timer->id);
}

static JSValue clear(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    if (argc < 1 || !JS_IsNumber(argv[0]))
        return JS_UNDEFINED;
    int32_t id;
    JS_ToInt32(c, &id, argv[0]);
    for (Timer **at = &first; *at; at = &(*at)->next) {
        if ((*at)->id != id)
            continue;
        Timer *gone = *at;
        *at = gone->next;
        drop(gone);
        break;
    }
    return JS_UNDEFINED;
}

int64_t timers_wait(void)
{
    if (!first)
        return -1;
    int64_t left = first->due - now();
    return left > 0 ? left : 0;
}

void timers_elapsed(void)
{
    int64_t left = first ? first->due - now() : 0;
    if (left > 0)
        ahead += left;
}

int timers_fire(void)
{
    Timer *timer = first;
    if (!timer)
        return 0;
    first = timer->next;
    // An interval is back in the list before it runs, so that it can clear itself; what the call needs is held here.
    JSValue callback = JS_DupValue(cx, timer->callback);
    int argc = timer->argc;
    JSValue *argv = NULL;
    if (argc && !(argv = js_malloc(cx, sizeof *argv * argc))) {
        JS_FreeValue(cx, callback);
        drop(timer);
        return -1;
    }
    for (int i = 0; i < argc; i++)
        argv[i] = JS_DupValue(cx, timer->argv[i]);
    if (timer->period) {
        timer->due = now() + timer->period;
        insert(timer);
    } else {
        drop(timer);
    }
    JSValue result = JS_Call(cx, callback, JS_UNDEFINED, argc, argv);
    int failed = JS_IsException(result) ? -1 : 0;
    JS_FreeValue(cx, result);
    JS_FreeValue(cx, callback);
    engine_free_values(cx, argv, argc);
    return failed;
}

void timers_clear(void)
{
    while (first) {
        Timer *timer = first;
        first = timer->next;
        drop(timer);
    }
    last_id = 0;
}

int timers_install(JSValueConst global)
{
    static const JSCFunctionListEntry functions[] = {
        JS_CFUNC_MAGIC_DEF("setTimeout", 2, set, false),
        JS_CFUNC_MAGIC_DEF("setInterval", 2, set, true),
        JS_CFUNC_DEF("clearTimeout", 1, clear),
        JS_CFUNC_DEF("clearInterval", 1, clear),
    };
    return JS_SetPropertyFunctionList(cx, global, functions, sizeof functions / sizeof *functions);
}
