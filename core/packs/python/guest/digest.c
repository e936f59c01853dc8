// Owns HMAC at the level of single blocks, so that deriving a key takes in the password once: CPython's own hash code
// (HACL*; BLAKE2 in blake2.c) below it. Knows no Python objects.
#include "algorithm.h"
#include "internal/Hacl_Hash_MD5.h"
#include "internal/Hacl_Hash_SHA1.h"
#include "internal/Hacl_Hash_SHA2.h"
#include "internal/Hacl_Hash_SHA3.h"

// One of HACL*'s functions of 64-byte blocks with a state of 32-bit words.
#define MERKLE(name, init, update, last, finish)                                                                        \
    static void name##_begin(const Algorithm *a, void *words) { init(words); }                                          \
    static void name##_take(const Algorithm *a, void *words, const uint8_t *block) { update; }                          \
    static void name##_end(const Algorithm *a, void *words, uint64_t before, const uint8_t *bytes, uint32_t len,        \
                           uint8_t *out)                                                                                \
    {                                                                                                                   \
        last;                                                                                                           \
        finish(words, out);                                                                                             \
    }

// HACL*'s functions write nothing through these pointers.
#define BLOCK (uint8_t *)block
#define BYTES (uint8_t *)bytes
#define WIDE(n) FStar_UInt128_uint64_to_uint128(n)

MERKLE(md5, Hacl_Hash_MD5_init, Hacl_Hash_MD5_update_multi(words, BLOCK, 1),
       Hacl_Hash_MD5_update_last(words, before, BYTES, len), Hacl_Hash_MD5_finish)
MERKLE(sha1, Hacl_Hash_SHA1_init, Hacl_Hash_SHA1_update_multi(words, BLOCK, 1),
       Hacl_Hash_SHA1_update_last(words, before, BYTES, len), Hacl_Hash_SHA1_finish)
MERKLE(sha224, Hacl_Hash_SHA2_sha224_init, Hacl_Hash_SHA2_sha256_update_nblocks(64, BLOCK, words),
       Hacl_Hash_SHA2_sha224_update_last(before + len, len, BYTES, words), Hacl_Hash_SHA2_sha224_finish)
MERKLE(sha256, Hacl_Hash_SHA2_sha256_init, Hacl_Hash_SHA2_sha256_update_nblocks(64, BLOCK, words),
       Hacl_Hash_SHA2_sha256_update_last(before + len, len, BYTES, words), Hacl_Hash_SHA2_sha256_finish)
MERKLE(sha384, Hacl_Hash_SHA2_sha384_init, Hacl_Hash_SHA2_sha384_update_nblocks(128, BLOCK, words),
       Hacl_Hash_SHA2_sha384_update_last(WIDE(before + len), len, BYTES, words), Hacl_Hash_SHA2_sha384_finish)
MERKLE(sha512, Hacl_Hash_SHA2_sha512_init, Hacl_Hash_SHA2_sha512_update_nblocks(128, BLOCK, words),
       Hacl_Hash_SHA2_sha512_update_last(WIDE(before + len), len, BYTES, words), Hacl_Hash_SHA2_sha512_finish)

static Spec_Hash_Definitions_hash_alg sha3_kind(const Algorithm *a)
{
    switch (a->size) {
    case 28: return Spec_Hash_Definitions_SHA3_224;
    case 32: return Spec_Hash_Definitions_SHA3_256;
    case 48: return Spec_Hash_Definitions_SHA3_384;
    default: return Spec_Hash_Definitions_SHA3_512;
    }
}

static void sha3_begin(const Algorithm *a, void *words)
{
    memset(words, 0, 25 * sizeof(uint64_t));
}

static void sha3_take(const Algorithm *a, void *words, const uint8_t *block)
{
    Hacl_Hash_SHA3_update_multi_sha3(sha3_kind(a), words, BLOCK, 1);
}

static void sha3_end(const Algorithm *a, void *words, uint64_t before, const uint8_t *bytes, uint32_t len, uint8_t *out)
{
    Hacl_Hash_SHA3_update_last_sha3(sha3_kind(a), words, BYTES, len);
    Hacl_Hash_SHA3_squeeze0(words, a->block, a->size, out);
}

#define ALGORITHM(name, block, size, kind) { name, block, size, kind##_begin, kind##_take, kind##_end }

static const Algorithm algorithms[] = {
    ALGORITHM("md5", 64, 16, md5),          ALGORITHM("sha1", 64, 20, sha1),
    ALGORITHM("sha224", 64, 28, sha224),    ALGORITHM("sha256", 64, 32, sha256),
    ALGORITHM("sha384", 128, 48, sha384),   ALGORITHM("sha512", 128, 64, sha512),
    ALGORITHM("sha3_224", 144, 28, sha3),   ALGORITHM("sha3_256", 136, 32, sha3),
    ALGORITHM("sha3_384", 104, 48, sha3),   ALGORITHM("sha3_512", 72, 64, sha3),
    ALGORITHM("blake2b", 128, 64, blake2b), ALGORITHM("blake2s", 64, 32, blake2s),
};

const Algorithm *digest_find(const char *name)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (!strcasecmp(name, algorithms[i].name))
            return &algorithms[i];
    return NULL;
}

size_t digest_size(const Algorithm *algorithm)
{
    return algorithm->size;
}

static void start(const Algorithm *a, Digest *d)
{
    a->begin(a, d->words);
    d->absorbed = 0;
}

static size_t absorb(const Algorithm *a, Digest *d, const uint8_t *bytes, size_t len)
{
    size_t at = 0;
    for (; len - at >= a->block; at += a->block)
        a->take(a, d->words, bytes + at);
    d->absorbed += at;
    return at;
}

static void end(const Algorithm *a, Digest *d, const uint8_t *bytes, size_t len, uint8_t *out)
{
    size_t at = absorb(a, d, bytes, len);
    a->end(a, d->words, d->absorbed, bytes + at, len - at, out);
}

void hmac_key(Hmac *hmac, const Algorithm *a, const uint8_t *key, size_t len)
{
    uint8_t block[144] = { 0 }, pad[144];
    hmac->algorithm = a;
    if (len > a->block) {
        start(a, &hmac->inner);
        end(a, &hmac->inner, key, len, block);
    } else if (len) {
        memcpy(block, key, len);
    }
    Digest *const both[] = { &hmac->inner, &hmac->outer };
    for (int i = 0; i < 2; i++) {
        for (uint32_t at = 0; at < a->block; at++)
            pad[at] = block[at] ^ (i ? 0x5c : 0x36);
        start(a, both[i]);
        absorb(a, both[i], pad, a->block);
    }
}

void hmac_absorb(const Hmac *hmac, Digest *begun, const uint8_t *message, size_t len)
{
    absorb(hmac->algorithm, begun, message, len);
}

void hmac_finish(const Hmac *hmac, const Digest *begun, const uint8_t *rest, size_t len, uint8_t *out)
{
    uint8_t middle[DIGEST_MAX];
    Digest d = *begun;
    end(hmac->algorithm, &d, rest, len, middle);
    d = hmac->outer;
    end(hmac->algorithm, &d, middle, hmac->algorithm->size, out);
}
