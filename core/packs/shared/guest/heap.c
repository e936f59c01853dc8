// Owns the heap: a two-level segregated fit (Masmano, Ripoll, Crespo, Real: TLSF, 2004). Constant time,
// free neighbours are joined at once, so that memory under a tight limit is not lost to size classes.
// The compiler's own allocator rounds to powers of two and never joins; this one replaces it.
#include "heap.h"
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#define PAGE 65536u
/** Growing costs the host's attention, so it happens in steps, but never further than the limit allows. */
#define GROW_LEAST (256u << 10)
#define SIZE_MOST 0x7fff0000u
#define GRAIN 8u
#define LINEAR 128u // below this a class for each multiple of GRAIN, above 16 for each power of two
#define CLASSES 16u
#define LEVELS 26u

// In front of every block; sizes count what follows the header. The last block of a region is a used
// one of size 0, so that nobody joins beyond the end; the first one has nothing before it.
typedef struct Block {
    uint32_t before; // size of the block before, 0 for the first
    uint32_t size;   // bit 0: free
    struct Block *next, *previous; // only while it is free
} Block;

#define HEADER offsetof(Block, next)
#define FREE 1u

extern unsigned char __heap_base;

static Block *lists[LEVELS][CLASSES];
static uint32_t levels, classes[LEVELS];
static Block *aside;    // free, but left alone while there is anything else
static uintptr_t end;   // of the memory that is ours
static uintptr_t clean; // from here on memory is as the host gave it: zero

static uint32_t size_of(const Block *b)
{
    return b->size & ~FREE;
}

static Block *at(const Block *b, intptr_t offset)
{
    return (Block *)((uintptr_t)b + offset);
}

static Block *after(const Block *b)
{
    return at(b, HEADER + size_of(b));
}

static void *payload(Block *b)
{
    return &b->next;
}

static Block *block_of(void *payload)
{
    return at(payload, -(intptr_t)HEADER);
}

static void locate(uint32_t size, uint32_t *level, uint32_t *class)
{
    if (size < LINEAR) {
        *level = 0;
        *class = size / GRAIN;
        return;
    }
    uint32_t top = 31 - __builtin_clz(size);
    *level = top - 6;
    *class = (size >> (top - 4)) - CLASSES;
}

static void insert(Block *b)
{
    uint32_t level, class;
    locate(size_of(b), &level, &class);
    b->size |= FREE;
    b->previous = NULL;
    b->next = lists[level][class];
    if (b->next)
        b->next->previous = b;
    lists[level][class] = b;
    levels |= 1u << level;
    classes[level] |= 1u << class;
}

static void take_out(Block *b)
{
    uint32_t level, class;
    locate(size_of(b), &level, &class);
    if (b->next)
        b->next->previous = b->previous;
    if (b->previous)
        b->previous->next = b->next;
    else if (!(lists[level][class] = b->next) && !(classes[level] &= ~(1u << class)))
        levels &= ~(1u << level);
    b->size &= ~FREE;
}

// The first class all of whose blocks are large enough.
static Block *find(uint32_t size)
{
    uint32_t level, class;
    if (size >= LINEAR)
        size += (1u << (31 - __builtin_clz(size) - 4)) - 1;
    locate(size, &level, &class);
    uint32_t fitting = classes[level] & (~0u << class);
    if (!fitting) {
        uint32_t higher = levels & (~0u << (level + 1));
        if (!higher)
            return NULL;
        level = __builtin_ctz(higher);
        fitting = classes[level];
    }
    return lists[level][__builtin_ctz(fitting)];
}

static void resize_to(Block *b, uint32_t size)
{
    b->size = size | (b->size & FREE);
    after(b)->before = size;
}

// Gives back what a used block has too much, joined with a free block behind it.
static void trim(Block *b, uint32_t size)
{
    uint32_t rest = size_of(b) - size;
    if (rest < HEADER + GRAIN)
        return;
    Block *behind = after(b), *left = at(b, HEADER + size);
    uint32_t left_size = rest - HEADER;
    if (behind->size & FREE) {
        take_out(behind);
        left_size += HEADER + size_of(behind);
    }
    b->size = size;
    *left = (Block){ .before = size };
    resize_to(left, left_size);
    insert(left);
}

static void release(Block *b)
{
    Block *behind = after(b);
    if (behind->size & FREE) {
        take_out(behind);
        resize_to(b, size_of(b) + HEADER + size_of(behind));
    }
    Block *front = at(b, -(intptr_t)(HEADER + b->before));
    if (b->before && (front->size & FREE)) {
        take_out(front);
        resize_to(front, size_of(front) + HEADER + size_of(b));
        b = front;
    }
    insert(b);
}

// The one place where memory grows: the build counts them, since memory from elsewhere must never be given to `free`.
__attribute__((noinline)) static bool grow_by(size_t bytes)
{
    size_t pages = (bytes + PAGE - 1) / PAGE;
    size_t old = __builtin_wasm_memory_grow(0, pages);
    if (old == SIZE_MAX)
        return false;
    uintptr_t from = old * PAGE, to = from + pages * PAGE;
    Block *b = at((Block *)from, 0);
    if (from == end) {
        // The last header of before becomes that of the new block.
        b = at((Block *)end, -(intptr_t)HEADER);
    } else {
        b->before = 0;
        clean = from + HEADER;
    }
    b->size = to - (uintptr_t)b - 2 * HEADER;
    Block *last = after(b);
    last->before = size_of(b);
    last->size = 0;
    end = to;
    Block *front = at(b, -(intptr_t)(HEADER + b->before));
    bool joins = b->before && (front->size & FREE);
    release(b);
    if (joins && (uintptr_t)b >= clean)
        memset(b, 0, HEADER);
    return true;
}

// Takes over what the linker left between its data and the end of the first pages.
static void start(void)
{
    uintptr_t from = ((uintptr_t)&__heap_base + GRAIN - 1) & ~(uintptr_t)(GRAIN - 1);
    end = __builtin_wasm_memory_size(0) * PAGE;
    clean = from;
    Block *b = (Block *)from;
    b->before = 0;
    b->size = end - from - 2 * HEADER;
    Block *last = after(b);
    last->before = size_of(b);
    last->size = 0;
    insert(b);
}

// Free bytes at the very end, which growing adds to.
static size_t tail(void)
{
    const Block *last = at((Block *)end, -(intptr_t)HEADER);
    const Block *b = at(last, -(intptr_t)(HEADER + last->before));
    return b->size & FREE ? size_of(b) : 0;
}

// Makes the free end this large. Where somebody else grew the memory, the end is a new region that has
// nothing of the one before.
static bool grow(size_t bytes)
{
    bool joins = __builtin_wasm_memory_size(0) * PAGE == end;
    size_t there = joins ? tail() : 0, wanted = joins ? bytes : bytes + 2 * HEADER;
    size_t lacking = wanted > there ? wanted - there : 0;
    return (lacking < GROW_LEAST && grow_by(GROW_LEAST)) || grow_by(lacking);
}

bool heap_reserve(size_t bytes)
{
    if (!end)
        start();
    return tail() >= bytes || grow_by(bytes - tail());
}

void heap_set_aside(void)
{
    Block *last = at((Block *)end, -(intptr_t)HEADER);
    Block *tail_block = at(last, -(intptr_t)(HEADER + last->before));
    for (uint32_t level = 0; level < LEVELS; level++)
        for (uint32_t class = 0; class < CLASSES; class++)
            for (Block *b = lists[level][class], *next; b; b = next) {
                next = b->next;
                if (b == tail_block)
                    continue;
                take_out(b);
                b->next = aside;
                aside = b;
            }
}

// What was set aside is as good as any other now.
static bool bring_back(void)
{
    bool any = aside;
    for (Block *b = aside, *next; b; b = next) {
        next = b->next;
        release(b);
    }
    aside = NULL;
    return any;
}

static Block *take(size_t wanted)
{
    if (wanted > SIZE_MOST)
        return NULL;
    if (!end)
        start();
    uint32_t size = wanted < GRAIN ? GRAIN : (wanted + GRAIN - 1) & ~(GRAIN - 1);
    Block *b = find(size);
    if (!b && bring_back())
        b = find(size);
    // A sixteenth more, because the search goes by classes.
    if (!b && grow(size + size / CLASSES + 4 * HEADER))
        b = find(size);
    if (!b)
        return NULL;
    take_out(b);
    trim(b, size);
    return b;
}

// What is used up to here is no longer zero: the block, and header and links of the one behind.
static void soil(const Block *b)
{
    uintptr_t used = (uintptr_t)after(b) + sizeof(Block);
    if (used > clean)
        clean = used;
}

void *malloc(size_t size)
{
    Block *b = take(size);
    if (!b) {
        errno = ENOMEM;
        return NULL;
    }
    soil(b);
    return payload(b);
}

void free(void *block)
{
    if (block)
        release(block_of(block));
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    Block *b = __builtin_mul_overflow(count, size, &bytes) ? NULL : take(bytes);
    if (!b) {
        errno = ENOMEM;
        return NULL;
    }
    // Beyond `clean` only the links of the free block that this was can have been written.
    uintptr_t from = (uintptr_t)payload(b), to = from + size_of(b);
    uintptr_t dirty = clean > from + sizeof(Block) - HEADER ? clean : from + sizeof(Block) - HEADER;
    memset(payload(b), 0, (dirty < to ? dirty : to) - from);
    soil(b);
    return payload(b);
}

void *realloc(void *block, size_t wanted)
{
    if (!block)
        return malloc(wanted);
    if (wanted > SIZE_MOST) {
        errno = ENOMEM;
        return NULL;
    }
    Block *b = block_of(block);
    uint32_t size = wanted < GRAIN ? GRAIN : (wanted + GRAIN - 1) & ~(GRAIN - 1);
    Block *behind = after(b);
    // What stands at the end grows where it is, without a second copy.
    Block *beyond = behind->size & FREE ? after(behind) : behind;
    if (size > size_of(b) && !beyond->size && (uintptr_t)beyond + HEADER == end && size - size_of(b) > tail())
        grow(size - size_of(b));
    if (size > size_of(b) && (behind->size & FREE) && size <= size_of(b) + HEADER + size_of(behind)) {
        take_out(behind);
        resize_to(b, size_of(b) + HEADER + size_of(behind));
    }
    if (size <= size_of(b)) {
        trim(b, size);
        soil(b);
        return block;
    }
    void *moved = malloc(wanted);
    if (moved) {
        memcpy(moved, block, size_of(b));
        free(block);
    }
    return moved;
}

size_t malloc_usable_size(void *block)
{
    return block ? size_of(block_of(block)) : 0;
}

void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (!__builtin_mul_overflow(count, size, &bytes))
        return realloc(block, bytes);
    errno = ENOMEM;
    return NULL;
}

// Nobody here asks for more than that.
void *aligned_alloc(size_t alignment, size_t size)
{
    if (alignment <= GRAIN)
        return malloc(size);
    errno = ENOMEM;
    return NULL;
}

void *memalign(size_t alignment, size_t size)
{
    return aligned_alloc(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = aligned_alloc(alignment, size);
    return *block ? 0 : ENOMEM;
}

// The compiler's C library has copies of these that take from its own allocator, which `free` here knows nothing of.
char *strndup(const char *text, size_t most)
{
    size_t len = strnlen(text, most);
    char *copy = malloc(len + 1);
    if (copy) {
        memcpy(copy, text, len);
        copy[len] = 0;
    }
    return copy;
}

char *strdup(const char *text)
{
    return strndup(text, SIZE_MAX);
}

wchar_t *wcsdup(const wchar_t *text)
{
    size_t bytes = (wcslen(text) + 1) * sizeof(wchar_t);
    wchar_t *copy = malloc(bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}
