// Owns what digest.c knows of one hash function: its sizes, and how it takes in blocks.
#pragma once
#include "digest.h"

struct Algorithm {
    const char *name;
    uint32_t block, size;
    void (*begin)(const Algorithm *a, void *words);
    void (*take)(const Algorithm *a, void *words, const uint8_t *block);
    // `before`: bytes taken in so far, the last `len` not among them; `len` is less than a block.
    void (*end)(const Algorithm *a, void *words, uint64_t before, const uint8_t *last, uint32_t len, uint8_t *out);
};

void blake2b_begin(const Algorithm *a, void *words);
void blake2b_take(const Algorithm *a, void *words, const uint8_t *block);
void blake2b_end(const Algorithm *a, void *words, uint64_t before, const uint8_t *bytes, uint32_t len, uint8_t *out);
void blake2s_begin(const Algorithm *a, void *words);
void blake2s_take(const Algorithm *a, void *words, const uint8_t *block);
void blake2s_end(const Algorithm *a, void *words, uint64_t before, const uint8_t *bytes, uint32_t len, uint8_t *out);
