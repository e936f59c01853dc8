// Owns the locks of SQLite's database files. WASI has none, and needs none: nobody but this sandbox's one process sees
// its files, and between connections of one process SQLite keeps the locks itself, by the file's inode.
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>

int sandbox_sqlite(const char *none);

// As sqlite3.c has them where the C library has none.
#ifndef F_RDLCK
#define F_UNLCK 2
#define F_GETLK 12
#define F_SETLK 13
#endif

static int control(int fd, int command, ...)
{
    va_list more;
    va_start(more, command);
    int result = 0;
    if (command == F_GETLK)
        va_arg(more, struct flock *)->l_type = F_UNLCK;
    else if (command != F_SETLK)
        result = fcntl(fd, command, va_arg(more, int));
    va_end(more);
    return result;
}

/** SQLite calls this once it has started (SQLITE_EXTRA_INIT). */
int sandbox_sqlite(const char *none)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    return vfs ? vfs->xSetSystemCall(vfs, "fcntl", (sqlite3_syscall_ptr)(void *)control) : SQLITE_ERROR;
}
