// Owns the interface of modules.c: programs made of several files.
#pragma once
#include "guest.h"

/** Lets code import what the host finds. */
void modules_install(void);
/** What a file is, by the first letter of the host's word for it; only the text tells for FORMAT_EITHER. */
typedef enum { FORMAT_MODULE = 'm', FORMAT_COMMONJS = 'c', FORMAT_JSON = 'j', FORMAT_EITHER = 'e' } Format;

/** The path that a name stands for in the file `base`; to be freed, NULL where an error was thrown. */
char *modules_find(const char *base, const char *name, bool require);
/** The text of a file with a zero behind it; to be freed, NULL where an error was thrown. */
char *modules_read(const char *path, size_t *len, Format *format);
/** Compiles an ES module, which a later import of its path finds. */
int modules_define(const char *path, const char *text, size_t len);
/** Makes what a module that has run declares and imports visible to later code. */
int modules_publish(JSValueConst global, JSModuleDef *module);
