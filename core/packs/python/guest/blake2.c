// Owns BLAKE2 for digest.c, by the functions of CPython's own module. A file of its own, because helpers in their
// headers have the names of HACL*'s.
#include "algorithm.h"
#include "_blake2/blake2module.h"

_Static_assert(sizeof(blake2b_state) <= sizeof((Digest *)0)->words, "the state of every function has room");
_Static_assert(sizeof(blake2s_state) <= sizeof((Digest *)0)->words, "the state of every function has room");

void blake2b_begin(const Algorithm *a, void *words)
{
    blake2b_init(words, a->size);
}

void blake2b_take(const Algorithm *a, void *words, const uint8_t *block)
{
    blake2b_update(words, block, a->block);
}

void blake2b_end(const Algorithm *a, void *words, uint64_t before, const uint8_t *bytes, uint32_t len, uint8_t *out)
{
    blake2b_update(words, bytes, len);
    blake2b_final(words, out, a->size);
}

void blake2s_begin(const Algorithm *a, void *words)
{
    blake2s_init(words, a->size);
}

void blake2s_take(const Algorithm *a, void *words, const uint8_t *block)
{
    blake2s_update(words, block, a->block);
}

void blake2s_end(const Algorithm *a, void *words, uint64_t before, const uint8_t *bytes, uint32_t len, uint8_t *out)
{
    blake2s_update(words, bytes, len);
    blake2s_final(words, out, a->size);
}
