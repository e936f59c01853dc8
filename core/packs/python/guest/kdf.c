// Owns the derivation of keys from passwords: PBKDF2 (RFC 8018) and scrypt (RFC 7914). It is slow on purpose and in
// loops of its own, where the sandbox's limits on time hold like everywhere. Knows no Python objects.
#include "kdf.h"
#include <stdlib.h>

void pbkdf2(const Algorithm *algorithm, Octets password, Octets salt, uint32_t iterations, uint8_t *out, size_t len)
{
    Hmac hmac;
    hmac_key(&hmac, algorithm, password.at, password.len);
    // The salt with a number behind it: what is before its last bytes is taken in once.
    Digest salted = hmac.inner;
    hmac_absorb(&hmac, &salted, salt.at, salt.len);
    size_t taken = salted.absorbed - hmac.inner.absorbed, rest = salt.len - taken, size = digest_size(algorithm);
    uint8_t first[144 + 4], u[DIGEST_MAX], t[DIGEST_MAX];
    if (rest)
        memcpy(first, salt.at + taken, rest);
    for (uint32_t number = 1; len; number++) {
        for (int i = 0; i < 4; i++)
            first[rest + i] = number >> (24 - 8 * i);
        hmac_finish(&hmac, &salted, first, rest + 4, u);
        memcpy(t, u, size);
        for (uint32_t i = 1; i < iterations; i++) {
            hmac_finish(&hmac, &hmac.inner, u, size, u);
            for (size_t at = 0; at < size; at++)
                t[at] ^= u[at];
        }
        size_t part = len < size ? len : size;
        memcpy(out, t, part);
        out += part;
        len -= part;
    }
}

#define ROTATE(x, n) ((x) << (n) | (x) >> (32 - (n)))
#define QUARTER(a, b, c, d)        \
    x[b] ^= ROTATE(x[a] + x[d], 7);  \
    x[c] ^= ROTATE(x[b] + x[a], 9);  \
    x[d] ^= ROTATE(x[c] + x[b], 13); \
    x[a] ^= ROTATE(x[d] + x[c], 18);

static void salsa20_8(uint32_t block[16])
{
    uint32_t x[16];
    memcpy(x, block, sizeof x);
    for (int i = 0; i < 4; i++) {
        QUARTER(0, 4, 8, 12)
        QUARTER(5, 9, 13, 1)
        QUARTER(10, 14, 2, 6)
        QUARTER(15, 3, 7, 11)
        QUARTER(0, 1, 2, 3)
        QUARTER(5, 6, 7, 4)
        QUARTER(10, 11, 8, 9)
        QUARTER(15, 12, 13, 14)
    }
    for (int i = 0; i < 16; i++)
        block[i] += x[i];
}

// One block of 2r * 64 bytes into another: those of even number first.
static void mix_block(const uint32_t *from, uint32_t *to, uint32_t r)
{
    uint32_t x[16];
    memcpy(x, from + (2 * r - 1) * 16, sizeof x);
    for (uint32_t i = 0; i < 2 * r; i++) {
        for (int at = 0; at < 16; at++)
            x[at] ^= from[i * 16 + at];
        salsa20_8(x);
        memcpy(to + (i / 2 + (i % 2) * r) * 16, x, sizeof x);
    }
}

// The words of WebAssembly are little endian, as scrypt's are. `v`: room for n blocks and two more.
static void mix(uint32_t *block, uint32_t n, uint32_t r, uint32_t *v)
{
    size_t words = (size_t)32 * r;
    uint32_t *x = v + n * words, *y = x + words;
    memcpy(x, block, words * 4);
    for (uint32_t i = 0; i < n; i++) {
        memcpy(v + i * words, x, words * 4);
        mix_block(x, y, r);
        uint32_t *swap = x;
        x = y, y = swap;
    }
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t *chosen = v + (x[words - 16] & (n - 1)) * words;
        for (size_t at = 0; at < words; at++)
            x[at] ^= chosen[at];
        mix_block(x, y, r);
        uint32_t *swap = x;
        x = y, y = swap;
    }
    memcpy(block, x, words * 4);
}

uint64_t scrypt_room(uint64_t n, uint64_t r, uint64_t p)
{
    const uint64_t most = (1u << 30) - 1;
    if (n < 2 || (n & (n - 1)) || !r || !p || r > most || p > most / r || (r < 4 && n >= (uint64_t)1 << (16 * r)))
        return 0;
    // Far from 2^64: n and r are less than 2^32 and 2^30, and 128 * r * p less than 2^37.
    uint64_t blocks = n + 2;
    return blocks > UINT64_MAX / (128 * r) ? UINT64_MAX : 128 * r * blocks + 128 * r * p;
}

bool scrypt(Octets password, Octets salt, uint32_t n, uint32_t r, uint32_t p, uint8_t *out, size_t len)
{
    size_t block = (size_t)128 * r;
    uint32_t *blocks = malloc(block * p), *v = malloc(block * ((size_t)n + 2));
    bool ok = blocks && v;
    const Algorithm *sha256 = digest_find("sha256");
    if (ok) {
        pbkdf2(sha256, password, salt, 1, (uint8_t *)blocks, block * p);
        for (uint32_t i = 0; i < p; i++)
            mix(blocks + i * (block / 4), n, r, v);
        pbkdf2(sha256, password, (Octets){ (uint8_t *)blocks, block * p }, 1, out, len);
    }
    free(blocks);
    free(v);
    return ok;
}
