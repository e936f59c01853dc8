// Uses the C library as a program would: values by hand, a host function, a stop, the fast path, wrong arguments.
// Run under AddressSanitizer by `library.test.mjs`; ends with 0, or says what was wrong.
#define _GNU_SOURCE
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
static ws_value value(const writer *w) { return (ws_value){bytes(w), NULL, 0}; }
static ws_bytes name(const char *s) { return (ws_bytes){(const uint8_t *)s, strlen(s)}; }

// What was told, kept: an answer is lent.
typedef struct {
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  int told;
  ws_status status;
  ws_handle *handle;
  char form[4096];
  size_t len;
  uint8_t *apart;
  size_t apart_len, apart_place;
} answer;
#define ANSWER {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, WS_STATUS_VALUE, NULL, {0}, 0, NULL, 0, 0}

static void done(void *context, ws_answer told) {
  answer *a = context;
  pthread_mutex_lock(&a->mutex);
  CHECK(told.value.form.len < sizeof a->form && told.value.apart_count <= 1);
  a->status = told.status;
  a->handle = told.handle;
  a->len = told.value.form.len;
  if (a->len) memcpy(a->form, told.value.form.data, a->len);
  if (told.value.apart_count) {
    const ws_apart *one = told.value.apart;
    a->apart_place = one->place;
    a->apart_len = one->bytes.len;
    a->apart = malloc(a->apart_len);
    memcpy(a->apart, one->bytes.data, a->apart_len);
  }
  a->told++;
  pthread_cond_signal(&a->wake);
  pthread_mutex_unlock(&a->mutex);
}
static answer *awaited(answer *a) {
  pthread_mutex_lock(&a->mutex);
  while (a->told == 0) pthread_cond_wait(&a->wake, &a->mutex);
  CHECK(a->told == 1);
  pthread_mutex_unlock(&a->mutex);
  return a;
}
static answer now(const ws_handle *target, ws_bytes operation, ws_value arguments) {
  answer a = ANSWER;
  ws_invoke_now(target, operation, arguments, NULL, NULL, done, &a);
  CHECK(a.told == 1);
  return a;
}

static int64_t integer(const answer *a) {
  int64_t n;
  CHECK(a->status == WS_STATUS_VALUE && a->len == 9 && a->form[0] == 3);
  memcpy(&n, a->form + 1, 8);
  return n;
}
static void fails(answer a, const char *code) {
  CHECK(a.status == WS_STATUS_ERROR);
  if (!memmem(a.form, a.len, code, strlen(code))) {
    fprintf(stderr, "wanted %s, got %zu bytes: ", code, a.len);
    fwrite(a.form, 1, a.len, stderr);
    exit(1);
  }
}

static int released, called, written;
// Called from within its own host function, when it is there.
static ws_handle *again;
static writer again_arguments;
static void release(void *context) { __atomic_add_fetch((int *)context, 1, __ATOMIC_SEQ_CST); }
static void call(void *context, ws_value request, ws_within within, ws_reply *reply) {
  (void)context;
  CHECK(request.form.len > 5 && request.form.data[0] == 8 && request.apart_count == 0);
  called++;
  if (again) {
    CHECK(within.tag == 7 && within.frame != 0);
    ws_stop_token *token = ws_stop_new(8, within.frame);
    answer refused = ANSWER;
    ws_invoke(again, name("WasmSandbox.call"), value(&again_arguments), NULL, token, 0, done, &refused);
    fails(*awaited(&refused), "reentrant");
    ws_stop_release(token);
  }
  writer got = {{0}, 0};
  number(&got, 42);
  ws_reply_defer(NULL);
  ws_reply_settle(reply, 0, value(&got));
}
static void output(void *context, uint64_t tag, uint32_t stream, ws_bytes piece) {
  (void)context;
  (void)tag;
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

static ws_handle *open_module(const char *path, const ws_host *host) {
  writer content = read_file(path), arguments = {{0}, 0};
  map(&arguments, 1);
  text(&arguments, "bytes");
  tagged(&arguments, 7, (uint32_t)content.len);
  put(&arguments, content.data, content.len);
  answer a = ANSWER;
  ws_invoke(NULL, name("WasmSandbox.fromBytes"), value(&arguments), host, NULL, 0, done, &a);
  CHECK(awaited(&a)->status == WS_STATUS_HANDLE && a.handle);
  return a.handle;
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

static writer name_of(const char *function) {
  writer arguments = {{0}, 0};
  map(&arguments, 1);
  text(&arguments, "name");
  text(&arguments, function);
  return arguments;
}

static void *stop_soon(void *token) {
  struct timespec soon = {0, 50 * 1000 * 1000};
  nanosleep(&soon, NULL);
  ws_stop(token);
  return NULL;
}

int main(int argc, char **argv) {
  CHECK(argc == 6);
  CHECK(ws_abi_version() == WS_ABI_VERSION);
  ws_packs_in(name(argv[5]));

  ws_handle *calculator = open_module(argv[1], NULL);
  writer add = call_of("add", 2, 5, 3);
  CHECK(integer((answer[]){now(calculator, name("WasmSandbox.call"), value(&add))}) == 8);
  writer wrong = call_of("add", 1, 5, 0);
  fails(now(calculator, name("WasmSandbox.call"), value(&wrong)), "invalid_argument");
  fails(now(calculator, name("WasmSandbox.nothing"), value(&add)), "unsupported");

  ws_buffer error = {NULL, 0};
  writer add_name = name_of("add"), absent = name_of("absent");
  answer made = now(calculator, name("WasmSandbox.prepare"), value(&add_name));
  CHECK(made.status == WS_STATUS_HANDLE);
  ws_handle *prepared = made.handle;
  ws_signature signature = ws_prepared_signature(prepared);
  CHECK(signature.param_count == 2 && signature.result_count == 1 && signature.params[0] == 0);
  for (uint64_t i = 0; i < 1000; i++) {
    uint64_t slots[16] = {i, 3};
    CHECK(ws_prepared_call(prepared, slots, 2, 0, &error) == 0 && slots[0] == i + 3);
  }
  fails(now(calculator, name("WasmSandbox.prepare"), value(&absent)), "not_found");
  fails(now(prepared, name("WasmSandbox.call"), value(&add)), "invalid_argument");
  // It keeps its guest.
  ws_handle_release(calculator);
  uint64_t slots[16] = {1, 2};
  CHECK(ws_prepared_call(prepared, slots, 2, 0, NULL) == 0 && slots[0] == 3);
  uint64_t huge[16] = {1ull << 40, 2};
  CHECK(ws_prepared_call(prepared, huge, 2, 0, &error) == 2 && ws_prepared_call(prepared, huge, 1, 0, &error) == 2);
  double half = 2.5;
  memcpy(&huge[0], &half, sizeof half);
  CHECK(ws_prepared_call(prepared, huge, 2, 1, &error) == 2);
  ws_handle_release(prepared);

  writer names = {{0}, 0};
  list(&names, 2);
  text(&names, "twice");
  text(&names, "big");
  ws_host host = {&released, release, bytes(&names), call, output, NULL};
  ws_handle *hosted = open_module(argv[2], &host);
  writer twice = call_of("call_twice", 1, 21, 0);
  CHECK(integer((answer[]){now(hosted, name("WasmSandbox.call"), value(&twice))}) == 42 && called == 1);
  answer later = ANSWER;
  ws_invoke(hosted, name("WasmSandbox.call"), value(&twice), NULL, NULL, 0, done, &later);
  CHECK(integer(awaited(&later)) == 42 && called == 2);
  ws_stop_token *token = ws_stop_new(7, 0);
  answer outer = ANSWER;
  again = hosted, again_arguments = twice;
  ws_invoke(hosted, name("WasmSandbox.call"), value(&twice), NULL, token, 0, done, &outer);
  CHECK(integer(awaited(&outer)) == 42 && called == 3);
  again = NULL;
  ws_stop_release(token);
  answer end = ANSWER;
  writer nothing = {{0}, 0};
  map(&nothing, 0);
  ws_invoke(hosted, name("Guest.dispose"), value(&nothing), NULL, NULL, 1, done, &end);
  CHECK(awaited(&end)->status == WS_STATUS_VALUE);
  fails(now(hosted, name("WasmSandbox.call"), value(&twice)), "closed");
  ws_handle_release(hosted);
  // A thread of the library may hold it a moment longer.
  struct timespec moment = {0, 10 * 1000 * 1000};
  for (int i = 0; i < 500 && !__atomic_load_n(&released, __ATOMIC_SEQ_CST); i++) nanosleep(&moment, NULL);
  CHECK(released == 1);

  ws_handle *state = open_module(argv[3], NULL);
  ws_stop_token *stop = ws_stop_new(0, 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, stop_soon, stop) == 0);
  answer stopped = ANSWER;
  writer spin = call_of("spin", 0, 0, 0);
  ws_invoke(state, name("WasmSandbox.call"), value(&spin), NULL, stop, 1, done, &stopped);
  fails(*awaited(&stopped), "cancelled");
  pthread_join(thread, NULL);
  ws_stop_release(stop);
  writer trap = call_of("trap", 0, 0, 0);
  fails(now(state, name("WasmSandbox.call"), value(&trap)), "guest_trap");

  // A large byte string crosses beside the form, both ways.
  ws_handle *plugin = open_module(argv[4], NULL);
  size_t mebibyte = 1 << 20;
  uint8_t *content = malloc(mebibyte);
  for (size_t i = 0; i < mebibyte; i++) content[i] = (uint8_t)(i * 31 >> 4);
  writer echo = call_of("echo", 1, 0, 0);
  echo.len -= 9;
  tagged(&echo, 7, 0);
  ws_apart large = {0, {content, mebibyte}};
  answer back = now(plugin, name("WasmSandbox.call"), (ws_value){bytes(&echo), &large, 1});
  CHECK(back.status == WS_STATUS_VALUE && back.len == 5 && back.form[0] == 7 && back.apart_place == 0);
  CHECK(back.apart_len == mebibyte && memcmp(back.apart, content, mebibyte) == 0);
  free(back.apart);
  large.place = 1;
  fails(now(plugin, name("WasmSandbox.call"), (ws_value){bytes(&echo), &large, 1}), "invalid_argument");
  large = (ws_apart){0, {NULL, mebibyte}};
  fails(now(plugin, name("WasmSandbox.call"), (ws_value){bytes(&echo), &large, 1}), "invalid_argument");
  fails(now(plugin, name("WasmSandbox.call"), (ws_value){bytes(&echo), NULL, 1}), "invalid_argument");
  free(content);
  ws_handle_release(plugin);

  // A pool: what it lends goes back by its number, or by itself.
  writer pooled = {{0}, 0}, module = read_file(argv[3]), empty = {{0}, 0};
  map(&empty, 0);
  map(&pooled, 1);
  text(&pooled, "options");
  map(&pooled, 2);
  text(&pooled, "maxSize");
  number(&pooled, 1);
  text(&pooled, "source");
  tagged(&pooled, 7, (uint32_t)module.len);
  put(&pooled, module.data, module.len);
  answer pool = now(NULL, name("SandboxPool.constructor"), value(&pooled));
  CHECK(pool.status == WS_STATUS_HANDLE);
  writer count = call_of("count", 0, 0, 0);
  for (int i = 0; i < 6; i++) {
    answer lent = now(pool.handle, name("SandboxPool.acquire"), value(&empty));
    CHECK(lent.status == WS_STATUS_HANDLE);
    CHECK(integer((answer[]){now(lent.handle, name("WasmSandbox.call"), value(&count))}) == 1);
    if (i % 2) {
      writer number_of = {{0}, 0};
      map(&number_of, 1);
      text(&number_of, "number");
      number(&number_of, integer((answer[]){now(lent.handle, name("Guest.loan"), value(&empty))}));
      CHECK(now(pool.handle, name("SandboxPool.release"), value(&number_of)).status == WS_STATUS_VALUE);
      fails(now(pool.handle, name("SandboxPool.release"), value(&number_of)), "invalid_argument");
      fails(now(lent.handle, name("WasmSandbox.call"), value(&count)), "given back");
    }
    ws_handle_release(lent.handle);
  }
  ws_handle_release(pool.handle);

  // A language, from the packs in their folder.
  writer none = {{0}, 0}, code = {{0}, 0};
  map(&none, 0);
  answer session = ANSWER;
  ws_invoke(NULL, name("WasmSandbox.javascript"), value(&none), NULL, NULL, 0, done, &session);
  CHECK(awaited(&session)->status == WS_STATUS_HANDLE);
  map(&code, 1);
  text(&code, "code");
  text(&code, "`${6 * 7} in JavaScript`");
  answer ran = now(session.handle, name("Session.run"), value(&code));
  CHECK(ran.status == WS_STATUS_VALUE && memmem(ran.form, ran.len, "42 in JavaScript", 16));
  ws_handle_release(session.handle);

  // What is wrong is told, not followed.
  fails(now(NULL, name("WasmSandbox.call"), value(&add)), "unsupported");
  fails(now(state, (ws_bytes){NULL, 5}, value(&add)), "invalid_argument");
  fails(now(state, name("\xff"), value(&add)), "invalid_argument");
  fails(now(state, name("WasmSandbox.call"), (ws_value){(ws_bytes){add.data, add.len - 1}, NULL, 0}), "invalid_argument");
  fails(now(state, name("WasmSandbox.call"), (ws_value){(ws_bytes){NULL, (size_t)-1}, NULL, 0}), "invalid_argument");
  uint8_t lie[] = {8, 255, 255, 255, 255};
  fails(now(state, name("WasmSandbox.call"), (ws_value){(ws_bytes){lie, sizeof lie}, NULL, 0}), "invalid_argument");
  fails(now(NULL, name("WasmSandbox.prepare"), value(&add_name)), "unsupported");
  CHECK(ws_prepared_signature(state).param_count == 0 && ws_prepared_signature(NULL).param_count == 0);
  ws_handle *no_export[] = {NULL, state};
  for (int i = 0; i < 2; i++) {
    CHECK(ws_prepared_call(no_export[i], slots, 0, 0, &error) == 1 && error.len > 0);
    ws_free(error);
  }
  ws_handle_release(state);
  ws_handle_release(NULL);
  ws_stop(NULL);
  ws_stop_release(NULL);
  ws_reply_settle(NULL, 0, (ws_value){{NULL, 0}, NULL, 0});
  ws_free((ws_buffer){NULL, 0});
  puts("the C library does what its header says");
  return written;
}
