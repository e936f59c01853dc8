// The C side of the Go package: hosts and listeners are numbers, which Go turns into what they stand for.
#ifndef WASM_SANDBOX_GO_GLUE_H
#define WASM_SANDBOX_GO_GLUE_H

#include "wasm_sandbox.h"

void go_invoke(const ws_handle *target, const char *operation, size_t operation_len, const uint8_t *arguments,
               size_t arguments_len, const ws_apart *apart, size_t apart_count, uintptr_t host, const uint8_t *names,
               size_t names_len, uint32_t listens, const ws_stop_token *stop, uintptr_t listener);

void go_pack_file(const char *name, size_t name_len, const char *content, size_t len);

void go_settle(ws_reply *reply, uint32_t failed, const uint8_t *answer, size_t len, const ws_apart *apart,
               size_t apart_count);

typedef struct {
  uint32_t status;
  ws_buffer error;
} go_called;

go_called go_prepared_call(const ws_handle *prepared, uint64_t *slots, uint32_t count, uint32_t floats);

#endif
