// Owns the order of events in a run: microtasks first, then answers of the host, then timers.
// Waits only in the host, which knows the run's deadline.
#include "loop.h"
#include "codec.h"
#include "host.h"
#include "rejections.h"
#include "timers.h"

typedef struct {
    uint32_t id;
    JSValue settle[2]; // resolve, reject
} Call;

static Call *calls;
static size_t count, room;

JSValue loop_promise(uint32_t id)
{
    if (count == room) {
        size_t wanted = room ? room * 2 : 8;
        Call *grown = js_realloc(cx, calls, sizeof *calls * wanted);
        if (!grown)
            return JS_EXCEPTION;
        calls = grown;
        room = wanted;
    }
    JSValue promise = JS_NewPromiseCapability(cx, calls[count].settle);
    if (!JS_IsException(promise))
        calls[count++].id = id;
    return promise;
}

static void forget(size_t i)
{
    JS_FreeValue(cx, calls[i].settle[0]);
    JS_FreeValue(cx, calls[i].settle[1]);
    calls[i] = calls[--count];
}

static int settle(uint32_t id, bool ok, JSValueConst value)
{
    for (size_t i = 0; i < count; i++) {
        if (calls[i].id != id)
            continue;
        JSValue result = JS_Call(cx, calls[i].settle[!ok], JS_UNDEFINED, 1, &value);
        forget(i);
        JS_FreeValue(cx, result);
        return JS_IsException(result) ? -1 : 1;
    }
    // Of an earlier run that ended before its answer came.
    return 1;
}

// The answer: [id, ok, value or error map].
static int answer(size_t len)
{
    uint8_t *bytes = host_reply(len);
    if (!bytes)
        return -1;
    Reader r = { bytes, bytes + len };
    enum tag list, ok;
    uint32_t fields;
    int64_t id;
    int outcome = -1;
    if (read_tag(&r, &list) && list == TAG_LIST && read_u32(&r, &fields) && fields == 3 && read_int(&r, &id) &&
        read_tag(&r, &ok) && (ok == TAG_TRUE || ok == TAG_FALSE)) {
        JSValue value = ok == TAG_TRUE ? decode(&r) : host_error(r);
        if (!JS_IsException(value))
            outcome = settle(id, ok == TAG_TRUE, value);
        JS_FreeValue(cx, value);
    } else {
        JS_ThrowInternalError(cx, "the host's answer is malformed");
    }
    js_free(cx, bytes);
    return outcome;
}

int loop_jobs(void)
{
    JSContext *of;
    int left;
    do {
        while ((left = JS_ExecutePendingJob(rt, &of)) > 0)
            ;
        if (left < 0)
            return -1;
        // Reporting runs no code of the guest, but what it shows may be as new as the last job.
        rejections_report();
    } while (JS_IsJobPending(rt));
    return 0;
}

int loop_step(void)
{
    int64_t wait = timers_wait();
    if (!count && wait < 0)
        return 0;
    if (count || wait > 0) {
        int32_t len = host_wait(wait);
        if (len > 0)
            return answer(len);
        if (wait < 0)
            return 0;
        timers_elapsed();
    }
    return timers_fire() < 0 ? -1 : 1;
}

void loop_clear(void)
{
    timers_clear();
    rejections_clear();
    while (count)
        forget(count - 1);
    js_free(cx, calls);
    calls = NULL;
    room = 0;
}

static JSValue microtask(JSContext *c, int argc, JSValueConst *argv)
{
    return JS_Call(c, argv[0], JS_UNDEFINED, 0, NULL);
}

static JSValue queue_microtask(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    if (argc < 1 || !JS_IsFunction(c, argv[0]))
        return JS_ThrowTypeError(c, "queueMicrotask: the argument is not a function");
    return JS_EnqueueJob(c, microtask, 1, argv) ? JS_EXCEPTION : JS_UNDEFINED;
}

int loop_install(JSValueConst global)
{
    rejections_install();
    JSValue function = JS_NewCFunction(cx, queue_microtask, "queueMicrotask", 1);
    const int flags = JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE;
    return timers_install(global) || JS_DefinePropertyValueStr(cx, global, "queueMicrotask", function, flags) < 0 ? -1 : 0;
}
