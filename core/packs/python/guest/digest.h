// Owns the interface of digest.c: HMAC over the hash functions that CPython has built in.
#pragma once
#include "guest.h"

#define DIGEST_MAX 64u

typedef struct Algorithm Algorithm;

/** A hash function that has taken in nothing but whole blocks. */
typedef struct {
    uint64_t words[48];
    uint64_t absorbed;
} Digest;

/** HMAC with the key already taken in. */
typedef struct {
    const Algorithm *algorithm;
    Digest inner, outer;
} Hmac;

/** By the name that hashlib has for it, in either case; NULL where there is none. */
const Algorithm *digest_find(const char *name);
size_t digest_size(const Algorithm *algorithm);
void hmac_key(Hmac *hmac, const Algorithm *algorithm, const uint8_t *key, size_t len);
/** The code of a message whose beginning, whole blocks of it, was taken in by `hmac_absorb`. */
void hmac_finish(const Hmac *hmac, const Digest *begun, const uint8_t *rest, size_t len, uint8_t *out);
void hmac_absorb(const Hmac *hmac, Digest *begun, const uint8_t *message, size_t len);
