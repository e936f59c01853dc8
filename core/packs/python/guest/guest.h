// Owns what all of the guest's files share: Python's API, and how imports and exports are marked.
// What a file offers to the others stands in a header of its own; the ABI is described in ../README.md.
#pragma once
#include "Python.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define IMPORT(name) __attribute__((import_module("sbx"), import_name(#name)))
#define EXPORT(name) __attribute__((export_name(#name)))
