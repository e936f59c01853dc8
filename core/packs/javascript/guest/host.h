// Owns the interface of host.c: functions of the host as globals of the guest.
#pragma once
#include "codec.h"

IMPORT(host_wait) int32_t host_wait(int64_t timeout_us);

/** The last answer of the host, `len` bytes; NULL and thrown when there is no memory for it. */
uint8_t *host_reply(size_t len);
/** Makes the functions named in an encoded list the globals of the host, in place of those before. */
int host_install(JSValueConst global, Reader names);
/** The error for an encoded error map. */
JSValue host_error(Reader map);
/** The encoded map that an error came from, if the host threw it; its bytes stand in `*holder`, to be freed. */
bool host_origin(JSValueConst error, Reader *map, JSValue *holder);
void host_limits(Limits limits);
/** host(name): a function of the host, whether the request lists it or not. */
JSValue host_function(JSContext *c, JSValueConst self, int argc, JSValueConst *argv);
