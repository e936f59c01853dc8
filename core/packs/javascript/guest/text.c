// Owns UTF-8 as the web has it: halves of surrogate pairs become U+FFFD, so does each longest beginning of a
// character that goes wrong, and bytes at the end may wait for the rest of theirs.
#include "text.h"
#include "codec.h"

static const char unknown[3] = { '\xef', '\xbf', '\xbd' };

JSValue text_encode(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t len;
    const char *text = JS_ToCStringLen(c, &len, argv[0]);
    if (!text)
        return JS_EXCEPTION;
    Writer w = { 0 };
    size_t done = 0;
    for (size_t i = 0; i + 2 < len; i++) {
        if ((uint8_t)text[i] != 0xed || (uint8_t)text[i + 1] < 0xa0)
            continue;
        write_bytes(&w, text + done, i - done);
        write_bytes(&w, unknown, sizeof unknown);
        done = i + 3;
        i += 2;
    }
    JSValue bytes;
    if (done) {
        write_bytes(&w, text + done, len - done);
        bytes = w.failed ? JS_ThrowOutOfMemory(c) : JS_NewUint8ArrayCopy(c, w.bytes, w.len);
    } else {
        bytes = JS_NewUint8ArrayCopy(c, (const uint8_t *)text, len);
    }
    writer_free(&w);
    JS_FreeCString(c, text);
    return bytes;
}

// Bytes of the character at `at`: how many there are of it, and whether it is whole, cut off by the end, or wrong.
typedef enum { WHOLE, CUT, WRONG } State;

static State character(const uint8_t *at, const uint8_t *end, size_t *len)
{
    uint8_t first = *at, low = 0x80, high = 0xbf;
    size_t more = first < 0x80 ? 0 : first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2
                  : first >= 0xf0 && first <= 0xf4 ? 3 : 4;
    *len = 1;
    if (more == 4)
        return WRONG;
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    for (size_t i = 1; i <= more; i++) {
        if (at + i == end)
            return CUT;
        if (at[i] < low || at[i] > high)
            return WRONG;
        *len = i + 1;
        low = 0x80;
        high = 0xbf;
    }
    return WHOLE;
}

JSValue text_decode(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t size, len, left = 0;
    const uint8_t *bytes = JS_GetUint8Array(c, &size, argv[0]);
    if (!bytes && size)
        return JS_EXCEPTION;
    bool fatal = JS_ToBool(c, argv[1]), stream = JS_ToBool(c, argv[2]), wrong = false;
    Writer w = { 0 };
    const uint8_t *done = bytes, *at = bytes, *end = bytes + size;
    while (at < end && !wrong) {
        State state = character(at, end, &len);
        if (state == CUT && stream) {
            left = end - at;
            break;
        }
        if (state != WHOLE) {
            wrong = fatal;
            write_bytes(&w, done, at - done);
            write_bytes(&w, unknown, sizeof unknown);
            done = at + len;
        }
        at += len;
    }
    if (done < at)
        write_bytes(&w, done, at - done);
    JSValue pair = JS_EXCEPTION;
    if (wrong) {
        JS_ThrowTypeError(c, "the encoded text is not valid");
    } else if (w.failed) {
        JS_ThrowOutOfMemory(c);
    } else {
        JSValue both[2] = { JS_NewStringLen(c, (const char *)w.bytes, w.len), JS_NewUint32(c, left) };
        pair = JS_IsException(both[0]) ? JS_EXCEPTION : JS_NewArrayFrom(c, 2, both);
    }
    writer_free(&w);
    return pair;
}
