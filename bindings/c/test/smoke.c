// Uses the C library as a program would: values by hand, a host function, a stop, the fast path, wrong arguments.
// Run under AddressSanitizer by `library.test.mjs`; ends with 0, or says what was wrong.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wasm_sandbox.h"

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) {                                                     \
      fprintf(stderr, "line %d: %s\n", __LINE__, #condition);               \
      exit(1);                                                              \
    }                                                                       \
  } while (0)

typedef struct {
  uint8_t data[4096];
  size_t len;
} writer;

static void put(writer *w, const void *bytes, size_t len) {
  CHECK(w->len + len <= sizeof w->data);
  memcpy(w->data + w->len, bytes, len);
  w->len += len;
}
static void tagged(writer *w, uint8_t tag, uint32_t count) {
  put(w, &tag, 1);
  put(w, &count, 4);
}
static void text(writer *w, const char *s) {
  tagged(w, 6, (uint32_t)strlen(s));
  put(w, s, strlen(s));
}
static void number(writer *w, int64_t n) {
  uint8_t tag = 3;
  put(w, &tag, 1);
  put(w, &n, 8);
}
static void list(writer *w, uint32_t count) { tagged(w, 8, count); }
static void map(writer *w, uint32_t count) { tagged(w, 9, count); }
static ws_bytes bytes(const writer *w) { return (ws_bytes){w->data, w->len}; }
static ws_bytes name(const char *s) { return (ws_bytes){(const uint8_t *)s, strlen(s)}; }

static int64_t integer(ws_answer answer) {
  int64_t n;
  CHECK(answer.status == WS_STATUS_VALUE && answer.bytes.len == 9 && answer.bytes.data[0] == 3);
  memcpy(&n, answer.bytes.data + 1, 8);
  ws_free(answer.bytes);
  return n;
}
static void fails(ws_answer answer, const char *code) {
  CHECK(answer.status == WS_STATUS_ERROR);
  char *document = malloc(answer.bytes.len + 1);
  memcpy(document, answer.bytes.data, answer.bytes.len);
  document[answer.bytes.len] = 0;
  if (!strstr(document, code)) {
    fprintf(stderr, "wanted %s, got %s\n", code, document);
    exit(1);
  }
  free(document);
  ws_free(answer.bytes);
}

typedef struct {
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  int told;
  ws_answer answer;
} waiter;

static void done(void *context, ws_answer answer) {
  waiter *w = context;
  pthread_mutex_lock(&w->mutex);
  w->answer = answer;
  w->told++;
  pthread_cond_signal(&w->wake);
  pthread_mutex_unlock(&w->mutex);
}
static ws_answer awaited(waiter *w) {
  pthread_mutex_lock(&w->mutex);
  while (w->told == 0) pthread_cond_wait(&w->wake, &w->mutex);
  CHECK(w->told == 1);
  pthread_mutex_unlock(&w->mutex);
  return w->answer;
}
#define WAITER {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, {0, NULL, {NULL, 0}}}

static int released, called, written;
static void release(void *context) { __atomic_add_fetch((int *)context, 1, __ATOMIC_SEQ_CST); }
static void call(void *context, ws_bytes request, ws_reply *reply) {
  (void)context;
  CHECK(request.len > 5 && request.data[0] == 8);
  called++;
  writer answer = {{0}, 0};
  number(&answer, 42);
  ws_reply_defer(NULL);
  ws_reply_settle(reply, 0, bytes(&answer));
}
static void output(void *context, uint32_t stream, ws_bytes piece) {
  (void)context;
  CHECK(stream == 1);
  written += (int)piece.len;
}

static writer read_file(const char *path) {
  writer w = {{0}, 0};
  FILE *file = fopen(path, "rb");
  CHECK(file);
  w.len = fread(w.data, 1, sizeof w.data, file);
  fclose(file);
  return w;
}

static ws_guest *open_module(const char *path, const ws_host *host) {
  writer content = read_file(path), arguments = {{0}, 0};
  map(&arguments, 1);
  text(&arguments, "bytes");
  tagged(&arguments, 7, (uint32_t)content.len);
  put(&arguments, content.data, content.len);
  waiter w = WAITER;
  ws_invoke(NULL, name("WasmSandbox.fromBytes"), bytes(&arguments), host, NULL, done, &w);
  ws_answer answer = awaited(&w);
  CHECK(answer.status == WS_STATUS_GUEST && answer.guest);
  return answer.guest;
}

static writer call_of(const char *function, int count, int64_t a, int64_t b) {
  writer arguments = {{0}, 0};
  map(&arguments, 2);
  text(&arguments, "name");
  text(&arguments, function);
  text(&arguments, "args");
  list(&arguments, (uint32_t)count);
  if (count > 0) number(&arguments, a);
  if (count > 1) number(&arguments, b);
  return arguments;
}

static void *stop_soon(void *token) {
  struct timespec soon = {0, 50 * 1000 * 1000};
  nanosleep(&soon, NULL);
  ws_stop(token);
  return NULL;
}

int main(int argc, char **argv) {
  CHECK(argc == 4);
  CHECK(ws_abi_version() == WS_ABI_VERSION);

  ws_guest *calculator = open_module(argv[1], NULL);
  writer add = call_of("add", 2, 5, 3);
  CHECK(integer(ws_invoke_now(calculator, name("WasmSandbox.call"), bytes(&add), NULL)) == 8);
  writer wrong = call_of("add", 1, 5, 0);
  fails(ws_invoke_now(calculator, name("WasmSandbox.call"), bytes(&wrong), NULL), "invalid_argument");
  fails(ws_invoke_now(calculator, name("WasmSandbox.nothing"), bytes(&add), NULL), "unsupported");

  ws_prepared *prepared = NULL;
  ws_buffer error = {NULL, 0};
  CHECK(ws_prepare(calculator, name("add"), &prepared, &error) == 0);
  ws_signature signature = ws_prepared_signature(prepared);
  CHECK(signature.param_count == 2 && signature.result_count == 1 && signature.params[0] == 0);
  for (uint64_t i = 0; i < 1000; i++) {
    uint64_t slots[16] = {i, 3};
    CHECK(ws_prepared_call(prepared, slots, &error) == 0 && (uint32_t)slots[0] == i + 3);
  }
  CHECK(ws_prepare(calculator, name("absent"), &prepared, &error) == 1 && error.len > 0);
  ws_free(error);
  ws_guest *same = ws_guest_retain(calculator);
  ws_guest_release(calculator);
  uint64_t slots[16] = {1, 2};
  CHECK(ws_prepared_call(prepared, slots, NULL) == 0);
  ws_prepared_release(prepared);
  ws_guest_release(same);

  writer names = {{0}, 0};
  list(&names, 2);
  text(&names, "twice");
  text(&names, "big");
  ws_host host = {&released, release, bytes(&names), call, output, NULL};
  ws_guest *hosted = open_module(argv[2], &host);
  writer twice = call_of("call_twice", 1, 21, 0);
  CHECK(integer(ws_invoke_now(hosted, name("WasmSandbox.call"), bytes(&twice), NULL)) == 42 && called == 1);
  waiter later = WAITER;
  ws_invoke(hosted, name("WasmSandbox.call"), bytes(&twice), NULL, NULL, done, &later);
  CHECK(integer(awaited(&later)) == 42 && called == 2);
  waiter end = WAITER;
  writer nothing = {{0}, 0};
  map(&nothing, 0);
  ws_invoke(hosted, name("Guest.dispose"), bytes(&nothing), NULL, NULL, done, &end);
  ws_free(awaited(&end).bytes);
  fails(ws_invoke_now(hosted, name("WasmSandbox.call"), bytes(&twice), NULL), "closed");
  ws_guest_release(hosted);
  // A thread of the library may hold it a moment longer.
  struct timespec moment = {0, 10 * 1000 * 1000};
  for (int i = 0; i < 500 && !__atomic_load_n(&released, __ATOMIC_SEQ_CST); i++) nanosleep(&moment, NULL);
  CHECK(released == 1);

  ws_guest *state = open_module(argv[3], NULL);
  ws_stop_token *stop = ws_stop_new();
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, stop_soon, stop) == 0);
  waiter stopped = WAITER;
  writer spin = call_of("spin", 0, 0, 0);
  ws_invoke(state, name("WasmSandbox.call"), bytes(&spin), NULL, stop, done, &stopped);
  fails(awaited(&stopped), "cancelled");
  pthread_join(thread, NULL);
  ws_stop_release(stop);
  writer trap = call_of("trap", 0, 0, 0);
  fails(ws_invoke_now(state, name("WasmSandbox.call"), bytes(&trap), NULL), "guest_trap");

  // What is wrong is told, not followed.
  fails(ws_invoke_now(NULL, name("WasmSandbox.call"), bytes(&add), NULL), "unsupported");
  fails(ws_invoke_now(state, (ws_bytes){NULL, 5}, bytes(&add), NULL), "invalid_argument");
  fails(ws_invoke_now(state, name("\xff"), bytes(&add), NULL), "invalid_argument");
  fails(ws_invoke_now(state, name("WasmSandbox.call"), (ws_bytes){add.data, add.len - 1}, NULL), "invalid_argument");
  fails(ws_invoke_now(state, name("WasmSandbox.call"), (ws_bytes){NULL, (size_t)-1}, NULL), "invalid_argument");
  uint8_t lie[] = {8, 255, 255, 255, 255};
  fails(ws_invoke_now(state, name("WasmSandbox.call"), (ws_bytes){lie, sizeof lie}, NULL), "invalid_argument");
  CHECK(ws_prepare(NULL, name("add"), &prepared, &error) == 1);
  ws_free(error);
  CHECK(ws_prepared_call(NULL, slots, &error) == 1);
  ws_free(error);
  ws_guest_release(state);
  ws_guest_release(NULL);
  ws_prepared_release(NULL);
  ws_stop(NULL);
  ws_stop_release(NULL);
  ws_reply_settle(NULL, 0, (ws_bytes){NULL, 0});
  ws_free((ws_buffer){NULL, 0});
  CHECK(ws_guest_retain(NULL) == NULL);
  puts("the C library does what its header says");
  return written;
}
