// GENERATED from bindings/c/src; change the sources and run `cargo run` in bindings/c/header.
//
// The C library of wasm-sandbox. Values cross in the binary form that core/packs/javascript/README.md describes, errors
// as maps {code, family, message, details, result?}. Values are lent in both directions: who is given one reads it before
// it returns.
// Every function may be called from any thread; those of a host are called on any thread.

#ifndef WASM_SANDBOX_H
#define WASM_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

// Changes whenever a program that was compiled against an older header would break.
#define WS_ABI_VERSION 5

// What an answer is.
enum ws_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  // `value` is the answer.
  WS_STATUS_VALUE = 0,
  // `handle` is what was opened, the receiver's to release.
  WS_STATUS_HANDLE = 1,
  // `value` is an error: a map `{code, family, message, details, result?}`.
  WS_STATUS_ERROR = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum ws_status ws_status;
#else
typedef uint32_t ws_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// What an operation opened: a guest (a sandbox or a session), a pool of guests, or a prepared export.
typedef struct ws_handle ws_handle;

// Where one call's answer goes.
typedef struct ws_reply ws_reply;

// Ends the operations that it was given to.
typedef struct ws_stop_token ws_stop_token;

// Bytes that the receiver owns; `ws_free` gives them back.
typedef struct {
  uint8_t *data;
  size_t len;
} ws_buffer;

// Bytes that their owner keeps; they are there until the function that they are given to returns.
typedef struct {
  const uint8_t *data;
  size_t len;
} ws_bytes;

// A byte string that stands apart: in the value's form it is an empty one.
typedef struct {
  // How many byte strings come before it in the value.
  size_t place;
  ws_bytes bytes;
} ws_apart;

// A value, lent until the function that it is given to returns. Byte strings may stand in the form or apart, in order.
typedef struct {
  // The binary form.
  ws_bytes form;
  const ws_apart *apart;
  size_t apart_count;
} ws_value;

// Where a call of a host function comes from.
typedef struct {
  // Of the operation that the guest is at, as its stop token has it; listeners are told the same. 0: none.
  uint64_t tag;
  // The function's number until its reply is settled: the `from` of the tokens of what it asks for.
  uint64_t frame;
} ws_within;

// What a program offers the guests of one sandbox. The functions are called on threads of the library, or on the
// caller's during a synchronous call; they must not raise or jump out.
typedef struct {
  // Handed to every function.
  void *context;
  // Told once, when the context is needed no more. May be null.
  void (*release)(void *context);
  // Names of the host functions: an encoded list of strings.
  ws_bytes names;
  // Calls one: a list `[name, arguments, arguments by keyword]`. `reply` is the receiver's to settle.
  void (*call)(void *context, ws_value call, ws_within within, ws_reply *reply);
  // The guest wrote: 1 is standard output, 2 standard error. Null: nobody listens.
  void (*output)(void *context, uint64_t tag, uint32_t stream, ws_bytes bytes);
  // A decision was recorded: a map. Null: nobody listens.
  void (*audit)(void *context, uint64_t tag, ws_value event);
} ws_host;

// An operation's answer.
typedef struct {
  ws_status status;
  ws_handle *handle;
  ws_value value;
} ws_answer;

// Told an operation's answer, once, on a thread of the library or at once on the caller's.
typedef void (*ws_done)(void *context, ws_answer answer);

// Types of a prepared export: 0 is i32, 1 i64, 2 f32, 3 f64.
typedef struct {
  uint32_t param_count;
  uint32_t result_count;
  uint8_t params[16];
  uint8_t results[16];
} ws_signature;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Gives a buffer back. One without data is allowed.
//
// # Safety
// The buffer came from this library and was not given back before.
void ws_free(ws_buffer buffer);

// Says that the answer comes later, so that a guest with promises goes on meanwhile; any other keeps waiting.
//
// # Safety
// `reply` is null or was not settled yet.
void ws_reply_defer(const ws_reply *reply);

// Answers a call, from any thread, and gives `reply` back. `failed` is 0 for a value, anything else for a map
// `{type, message}`, which the guest gets as an exception.
//
// # Safety
// `reply` is null or was not settled yet; the answer is there until this returns.
void ws_reply_settle(ws_reply *reply, uint32_t failed, ws_value answer);

// Begins `operation` with its arguments, a map, on `target` (null for none), and tells `done` of its end, with
// `context`. `host` and `stop` may be null; both may be given back when this returns, and `host`'s context is released
// when the library needs it no more. Unless `look_out` is 0, this thread stays up to half a millisecond for an answer
// that comes at once, and tells it.
//
// # Safety
// The pointers are null or valid; what is lent is there until this returns.
void ws_invoke(const ws_handle *target,
               ws_bytes operation,
               ws_value arguments,
               const ws_host *host,
               const ws_stop_token *stop,
               uint32_t look_out,
               ws_done done,
               void *context);

// The same on the caller's thread, which it blocks; `done` is told before it returns. `busy` while anything else runs
// or waits on the target.
//
// # Safety
// As `ws_invoke`.
void ws_invoke_now(const ws_handle *target,
                   ws_bytes operation,
                   ws_value arguments,
                   const ws_host *host,
                   const ws_stop_token *stop,
                   ws_done done,
                   void *context);

// Says in which folder the language packs are, before anything else. Without packs there are modules and no languages.
//
// # Safety
// The folder's name is there until this returns.
void ws_packs_in(ws_bytes folder);

// Gives a file of a language pack that the program carries, by its name, before anything else: it is not copied.
//
// # Safety
// The content is there until the program ends, and nobody changes it.
void ws_pack_file(ws_bytes name, ws_bytes content);

// Gives a handle back. With that of a guest the guest is ended, or goes back to the pool that has lent it, without
// waiting for that.
//
// # Safety
// `handle` is null or was not released.
void ws_handle_release(ws_handle *handle);

// The types of a prepared export's parameters and results; all zero for anything else.
//
// # Safety
// `prepared` is null or was not released.
ws_signature ws_prepared_signature(const ws_handle *prepared);

// Calls a prepared export: `slots` holds 16 places with `count` arguments, then the results: integers as they are,
// floats as the bits of a double. Which arguments are floats `floats` says, the first by its lowest bit; which results
// are, the signature. 0; 1 and `error`; or 2 where an argument does not fit its parameter, so that `WasmSandbox.call`
// has to say why; what `slots` holds then means nothing. `busy` while anything else runs or waits on the guest.
//
// # Safety
// `prepared` is null or was not released, `slots` null or room for 16, `error` null or valid.
uint32_t ws_prepared_call(const ws_handle *prepared,
                          uint64_t *slots,
                          uint32_t count,
                          uint32_t floats,
                          ws_buffer *error);

// A token for an operation yet to come. `tag` is what host functions and listeners are told of it, `from` the frame of
// the host function that asks for it; 0 is none. A call that its own guest waits for is `busy` when `from` says so, and
// waits for ever when it does not.
ws_stop_token *ws_stop_new(uint64_t tag, uint64_t from);

// Ends its operations; each settles when its guest has stopped. Null, and what has ended, is left alone.
//
// # Safety
// `stop` is null or a token that was not released.
void ws_stop(const ws_stop_token *stop);

// Gives the token back; operations that have it go on.
//
// # Safety
// `stop` is null or a token that was not released.
void ws_stop_release(ws_stop_token *stop);

// The version that this library was built with; a program compares it with `WS_ABI_VERSION` of its header.
uint32_t ws_abi_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* WASM_SANDBOX_H */
