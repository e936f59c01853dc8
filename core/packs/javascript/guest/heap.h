// Owns the interface of heap.c: memory for everything in the guest. The C library's own names for it
// (malloc, free, ...) are defined there too.
#pragma once
#include <stdbool.h>
#include <stddef.h>

/** Makes sure that this many bytes more can be had without growing the memory. */
bool heap_reserve(size_t bytes);
