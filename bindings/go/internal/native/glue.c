// Hands Go's numbers to the C library as contexts, and the library's calls back to Go.
#include "glue.h"
#include "_cgo_export.h"

static void *context_of(uintptr_t number) { return (void *)number; }

static void done(void *listener, ws_answer answer) {
  goDone((uintptr_t)listener, answer.status, answer.handle, &answer.value);
}

static void release(void *host) { goRelease((uintptr_t)host); }

static void call(void *host, ws_value request, ws_within within, ws_reply *reply) {
  goCall((uintptr_t)host, &request, within, reply);
}

static void output(void *host, uint64_t tag, uint32_t stream, ws_bytes bytes) {
  (void)tag;
  goOutput((uintptr_t)host, stream, (uint8_t *)bytes.data, bytes.len);
}

static void audit(void *host, uint64_t tag, ws_value event) {
  (void)tag;
  goAudit((uintptr_t)host, &event);
}

void go_pack_file(const char *name, size_t name_len, const char *content, size_t len) {
  ws_bytes named = {.data = (const uint8_t *)name, .len = name_len};
  ws_bytes given = {.data = (const uint8_t *)content, .len = len};
  ws_pack_file(named, given);
}

void go_invoke(const ws_handle *target, const char *operation, size_t operation_len, const uint8_t *arguments,
               size_t arguments_len, const ws_apart *apart, size_t apart_count, uintptr_t host, const uint8_t *names,
               size_t names_len, uint32_t listens, const ws_stop_token *stop, uintptr_t listener) {
  ws_host functions = {.context = context_of(host),
                       .release = release,
                       .names = {.data = names, .len = names_len},
                       .call = call,
                       .output = (listens & 1) ? output : NULL,
                       .audit = (listens & 2) ? audit : NULL};
  ws_bytes name = {.data = (const uint8_t *)operation, .len = operation_len};
  ws_value given = {.form = {.data = arguments, .len = arguments_len}, .apart = apart, .apart_count = apart_count};
  ws_invoke(target, name, given, host == 0 ? NULL : &functions, stop, 1, done, context_of(listener));
}

void go_settle(ws_reply *reply, uint32_t failed, const uint8_t *answer, size_t len, const ws_apart *apart,
               size_t apart_count) {
  ws_value value = {.form = {.data = answer, .len = len}, .apart = apart, .apart_count = apart_count};
  ws_reply_settle(reply, failed, value);
}

go_called go_prepared_call(const ws_handle *prepared, uint64_t *slots, uint32_t count, uint32_t floats) {
  go_called called = {.error = {.data = NULL, .len = 0}};
  called.status = ws_prepared_call(prepared, slots, count, floats, &called.error);
  return called;
}
