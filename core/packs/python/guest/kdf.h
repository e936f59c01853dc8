// Owns the interface of kdf.c: PBKDF2 and scrypt.
#pragma once
#include "digest.h"

typedef struct {
    const uint8_t *at;
    size_t len;
} Octets;

/** Fills `out`. */
void pbkdf2(const Algorithm *algorithm, Octets password, Octets salt, uint32_t iterations, uint8_t *out, size_t len);
/** Bytes that scrypt needs besides the key; 0 where the parameters do not go together. */
uint64_t scrypt_room(uint64_t n, uint64_t r, uint64_t p);
/** Fills `out`; false when memory ran out. The parameters must go together. */
bool scrypt(Octets password, Octets salt, uint32_t n, uint32_t r, uint32_t p, uint8_t *out, size_t len);
