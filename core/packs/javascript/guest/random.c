// Owns `Math.random` and random bytes: xoshiro256++ (Blackman and Vigna, 2019), seeded anew by every request.
// The engine's own generator has 64 bits of state, seeded by the clock of the moment it was made.
#include "random.h"

static uint64_t state[4] = { 1 };

static uint64_t rotate(uint64_t n, int by)
{
    return n << by | n >> (64 - by);
}

static uint64_t next(void)
{
    uint64_t result = rotate(state[0] + state[3], 23) + state[0], t = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = rotate(state[3], 45);
    return result;
}

void random_seed(const uint8_t seed[32])
{
    memcpy(state, seed, sizeof state);
    // The one state that the generator cannot leave.
    if (!(state[0] | state[1] | state[2] | state[3]))
        state[0] = 1;
    engine_seed(cx, next());
}

static JSValue math_random(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    return JS_NewFloat64(c, (double)(next() >> 11) * 0x1p-53);
}

JSValue random_fill(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t size;
    uint32_t from, len;
    uint8_t *bytes = JS_GetArrayBuffer(c, &size, argv[0]);
    if (!bytes || JS_ToUint32(c, &from, argv[1]) || JS_ToUint32(c, &len, argv[2]))
        return JS_EXCEPTION;
    if (from > size || len > size - from)
        return JS_ThrowRangeError(c, "the bytes lie outside of the buffer");
    for (uint32_t i = 0; i < len; i += sizeof(uint64_t)) {
        uint64_t some = next();
        memcpy(bytes + from + i, &some, len - i < sizeof some ? len - i : sizeof some);
    }
    return JS_UNDEFINED;
}

int random_install(JSValueConst global)
{
    JSValue math = JS_GetPropertyStr(cx, global, "Math");
    JSValue function = JS_NewCFunction(cx, math_random, "random", 0);
    int failed = JS_DefinePropertyValueStr(cx, math, "random", function, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    JS_FreeValue(cx, math);
    return failed < 0 ? -1 : 0;
}
