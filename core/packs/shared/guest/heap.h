// Owns the interface of heap.c: memory for everything in the guest. The C library's own names for it
// (malloc, free, ...) are defined there too.
#pragma once
#include <stdbool.h>
#include <stddef.h>

/** Makes sure that this many bytes more can be had without growing the memory. */
bool heap_reserve(size_t bytes);

/** From now on memory comes from the end of the heap, in few pages, until that is full: holes between older blocks
 * would spread it over many, each of which costs every sandbox a copy. */
void heap_set_aside(void);
