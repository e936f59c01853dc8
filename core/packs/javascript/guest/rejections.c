// Owns promises that were rejected while nobody looked after them: a program that forgets an `await`
// must be able to see why nothing came of it.
#include "rejections.h"
#include "console.h"
#include <stdlib.h>

typedef struct {
    JSValue promise, reason;
} Rejection;

static Rejection *open;
static size_t count, room;

static void forget(size_t i)
{
    JS_FreeValue(cx, open[i].promise);
    JS_FreeValue(cx, open[i].reason);
    open[i] = open[--count];
}

// Called in the middle of the engine's work, which must not be made to throw: without memory the report is lost.
static void track(JSContext *c, JSValueConst promise, JSValueConst reason, bool handled, void *opaque)
{
    const void *identity = JS_VALUE_GET_PTR(promise);
    if (handled) {
        for (size_t i = count; i-- > 0;)
            if (JS_VALUE_GET_PTR(open[i].promise) == identity)
                forget(i);
        return;
    }
    if (count == room) {
        Rejection *grown = realloc(open, sizeof *open * (room ? room * 2 : 8));
        if (!grown)
            return;
        open = grown;
        room = room ? room * 2 : 8;
    }
    open[count++] = (Rejection){ JS_DupValue(c, promise), JS_DupValue(c, reason) };
}

void rejections_report(void)
{
    for (size_t i = 0; i < count; i++)
        console_uncaught("Uncaught (in promise) ", open[i].reason);
    while (count)
        forget(count - 1);
}

void rejections_clear(void)
{
    while (count)
        forget(count - 1);
    free(open);
    open = NULL;
    room = 0;
}

void rejections_install(void)
{
    JS_SetHostPromiseRejectionTracker(rt, track, NULL);
}
