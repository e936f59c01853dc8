// Owns the primitives behind fs.js: whole operations on the file tree over WASI, none of which leaves a descriptor
// open. Each gives its result, or a negative number: WASI's error, marked where the file was open already.
// Paths are relative to the root, which is given; nothing about it is kept from one sandbox to the next.
#include "files.h"
#include <wasi/api.h>

/** The one folder that every sandbox is given, `/`. */
#define ROOT 3
#define INSIDE 0x10000
/** The heap has no block that is larger. */
#define SIZE_MOST 0x7fff0000u
#define PIECE (16u << 10)

enum kind { KIND_OF_OTHER, KIND_OF_FILE, KIND_OF_FOLDER, KIND_OF_LINK };
enum how { HOW_APPEND = 1, HOW_EXCLUSIVE = 2 };
enum change { CHANGE_MKDIR, CHANGE_RMDIR, CHANGE_UNLINK };

static const __wasi_rights_t reading = __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_FILESTAT_GET;
static const __wasi_rights_t writing = __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK |
                                       __WASI_RIGHTS_FD_FILESTAT_GET | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE;

static JSValue answer(JSContext *c, uint32_t error, uint32_t mark)
{
    return JS_NewInt32(c, error ? -(int32_t)(error | mark) : 0);
}

static enum kind kind_of(__wasi_filetype_t type)
{
    switch (type) {
    case __WASI_FILETYPE_REGULAR_FILE:
        return KIND_OF_FILE;
    case __WASI_FILETYPE_DIRECTORY:
        return KIND_OF_FOLDER;
    case __WASI_FILETYPE_SYMBOLIC_LINK:
        return KIND_OF_LINK;
    default:
        return KIND_OF_OTHER;
    }
}

// Nothing is buffered here, so closing has no news about what was written.
static void done(__wasi_fd_t fd)
{
    __wasi_errno_t ignored = __wasi_fd_close(fd);
    (void)ignored;
}

static __wasi_errno_t open_at(const char *path, int oflags, __wasi_rights_t rights, int fdflags, __wasi_fd_t *fd)
{
    return __wasi_path_open(ROOT, __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, path, oflags, rights, 0, fdflags, fd);
}

static uint32_t open_file(const char *path, __wasi_fd_t *fd, __wasi_filestat_t *stat)
{
    uint32_t error = open_at(path, 0, reading, 0, fd);
    if (error)
        return error;
    error = __wasi_fd_filestat_get(*fd, stat);
    if (!error && stat->filetype == __WASI_FILETYPE_DIRECTORY)
        error = __WASI_ERRNO_ISDIR;
    if (!error)
        return 0;
    done(*fd);
    return error | INSIDE;
}

static __wasi_errno_t fill(__wasi_fd_t fd, uint8_t *bytes, size_t wanted, size_t *len)
{
    __wasi_size_t got = 1;
    __wasi_errno_t error = 0;
    for (*len = 0; *len < wanted && got && !error; *len += got) {
        const __wasi_iovec_t piece = { bytes + *len, wanted - *len };
        got = 0;
        error = __wasi_fd_read(fd, &piece, 1, &got);
    }
    return error;
}

static __wasi_errno_t pour(__wasi_fd_t fd, const uint8_t *bytes, size_t len)
{
    while (len) {
        const __wasi_ciovec_t piece = { bytes, len };
        __wasi_size_t put = 0;
        __wasi_errno_t error = __wasi_fd_write(fd, &piece, 1, &put);
        if (error || !put)
            return error ? error : __WASI_ERRNO_IO;
        bytes += put;
        len -= put;
    }
    return 0;
}

static void *resize(JSRuntime *runtime, void *opaque, void *bytes, size_t size)
{
    return js_realloc_rt(runtime, bytes, size);
}

// read(path): its bytes, as an ArrayBuffer.
static JSValue files_read(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    const char *path = JS_ToCString(c, argv[0]);
    if (!path)
        return JS_EXCEPTION;
    __wasi_fd_t fd;
    __wasi_filestat_t stat;
    uint32_t error = open_file(path, &fd, &stat);
    JS_FreeCString(c, path);
    if (error)
        return answer(c, error, 0);
    // One byte more, because an empty file wants memory of its own too.
    uint8_t *bytes = js_malloc(c, (stat.size < SIZE_MOST ? stat.size : SIZE_MOST) + 1);
    if (!bytes) {
        done(fd);
        return JS_EXCEPTION;
    }
    size_t len;
    error = fill(fd, bytes, stat.size, &len);
    done(fd);
    JSValue buffer = error ? answer(c, error, INSIDE) : JS_NewArrayBuffer(c, bytes, len, 0, resize, NULL, false);
    if (error || JS_IsException(buffer))
        js_free(c, bytes);
    return buffer;
}

// write(path, bytes, how)
static JSValue files_write(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t len;
    int32_t how;
    uint8_t *bytes = JS_GetUint8Array(c, &len, argv[1]);
    if ((!bytes && len) || JS_ToInt32(c, &how, argv[2]))
        return JS_EXCEPTION;
    const char *path = JS_ToCString(c, argv[0]);
    if (!path)
        return JS_EXCEPTION;
    bool appends = how & HOW_APPEND;
    int oflags = __WASI_OFLAGS_CREAT | (appends ? 0 : __WASI_OFLAGS_TRUNC);
    __wasi_fd_t fd;
    __wasi_errno_t error = open_at(path, oflags | (how & HOW_EXCLUSIVE ? __WASI_OFLAGS_EXCL : 0), writing,
                                   appends ? __WASI_FDFLAGS_APPEND : 0, &fd);
    JS_FreeCString(c, path);
    if (error)
        return answer(c, error, 0);
    error = pour(fd, bytes, len);
    done(fd);
    return answer(c, error, INSIDE);
}

static __wasi_errno_t copy(__wasi_fd_t from, const __wasi_filestat_t *source, __wasi_fd_t to)
{
    uint8_t bytes[PIECE];
    size_t len;
    __wasi_filestat_t target;
    __wasi_errno_t error = __wasi_fd_filestat_get(to, &target);
    // A file that is copied onto itself stays.
    if (error || (target.ino == source->ino && target.dev == source->dev))
        return error;
    error = __wasi_fd_filestat_set_size(to, 0);
    do {
        if (!error)
            error = fill(from, bytes, sizeof bytes, &len);
        if (!error)
            error = pour(to, bytes, len);
    } while (!error && len == sizeof bytes);
    return error;
}

// copy(from, to, how)
static JSValue files_copy(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    int32_t how;
    if (JS_ToInt32(c, &how, argv[2]))
        return JS_EXCEPTION;
    const char *from = JS_ToCString(c, argv[0]), *to = from ? JS_ToCString(c, argv[1]) : NULL;
    if (!to) {
        JS_FreeCString(c, from);
        return JS_EXCEPTION;
    }
    __wasi_fd_t source, target;
    __wasi_filestat_t stat;
    uint32_t error = open_file(from, &source, &stat);
    if (!error) {
        int oflags = __WASI_OFLAGS_CREAT | (how & HOW_EXCLUSIVE ? __WASI_OFLAGS_EXCL : 0);
        error = open_at(to, oflags, writing, 0, &target);
        if (!error) {
            error = copy(source, &stat, target);
            done(target);
        }
        done(source);
    }
    JS_FreeCString(c, from);
    JS_FreeCString(c, to);
    return answer(c, error, 0);
}

// stat(path, follow): kind, bytes, and when it was changed last, in milliseconds.
static JSValue files_stat(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    const char *path = JS_ToCString(c, argv[0]);
    if (!path)
        return JS_EXCEPTION;
    __wasi_filestat_t stat;
    int flags = JS_ToBool(c, argv[1]) ? __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW : 0;
    __wasi_errno_t error = __wasi_path_filestat_get(ROOT, flags, path, &stat);
    JS_FreeCString(c, path);
    if (error)
        return answer(c, error, 0);
    JSValue all[] = { JS_NewInt32(c, kind_of(stat.filetype)), JS_NewInt64(c, stat.size),
                      JS_NewFloat64(c, stat.mtim / 1e6) };
    return JS_NewArrayFrom(c, sizeof all / sizeof *all, all);
}

static int add(JSContext *c, JSValueConst list, uint32_t *count, JSValue value)
{
    if (JS_IsException(value))
        return -1;
    return JS_DefinePropertyValueUint32(c, list, (*count)++, value, JS_PROP_C_W_E) < 0 ? -1 : 0;
}

// Adds the whole entries in a buffer; how many bytes they are, or -1 when one threw.
static int add_entries(JSContext *c, JSValueConst list, uint32_t *count, const uint8_t *bytes, size_t len,
                       __wasi_dircookie_t *cookie)
{
    size_t at = 0;
    __wasi_dirent_t entry;
    while (len - at >= sizeof entry) {
        memcpy(&entry, bytes + at, sizeof entry);
        const char *name = (const char *)bytes + at + sizeof entry;
        if (len - at - sizeof entry < entry.d_namlen)
            break;
        at += sizeof entry + entry.d_namlen;
        *cookie = entry.d_next;
        if ((entry.d_namlen == 1 && *name == '.') || (entry.d_namlen == 2 && !memcmp(name, "..", 2)))
            continue;
        if (add(c, list, count, JS_NewStringLen(c, name, entry.d_namlen)) ||
            add(c, list, count, JS_NewInt32(c, kind_of(entry.d_type))))
            return -1;
    }
    return at;
}

static JSValue list_of(JSContext *c, __wasi_fd_t fd)
{
    uint8_t bytes[PIECE];
    __wasi_size_t len = sizeof bytes;
    __wasi_dircookie_t cookie = __WASI_DIRCOOKIE_START;
    uint32_t count = 0;
    JSValue list = JS_NewArray(c);
    if (JS_IsException(list))
        return list;
    // A full buffer may end within an entry, which comes again.
    while (len == sizeof bytes) {
        __wasi_errno_t error = __wasi_fd_readdir(fd, bytes, sizeof bytes, cookie, &len);
        int used = error ? 0 : add_entries(c, list, &count, bytes, len, &cookie);
        if (!error && !used && len == sizeof bytes)
            error = __WASI_ERRNO_IO;
        if (!error && used >= 0)
            continue;
        JS_FreeValue(c, list);
        return error ? answer(c, error, 0) : JS_EXCEPTION;
    }
    return list;
}

// list(path): names and kinds in turn.
static JSValue files_list(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    const char *path = JS_ToCString(c, argv[0]);
    if (!path)
        return JS_EXCEPTION;
    __wasi_fd_t fd;
    __wasi_errno_t error = open_at(path, __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_FD_READDIR, 0, &fd);
    JS_FreeCString(c, path);
    if (error)
        return answer(c, error, 0);
    JSValue list = list_of(c, fd);
    done(fd);
    return list;
}

// mkdir(path), rmdir(path), unlink(path)
static JSValue files_change(JSContext *c, JSValueConst self, int argc, JSValueConst *argv, int change)
{
    const char *path = JS_ToCString(c, argv[0]);
    if (!path)
        return JS_EXCEPTION;
    __wasi_errno_t error = change == CHANGE_MKDIR   ? __wasi_path_create_directory(ROOT, path)
                           : change == CHANGE_RMDIR ? __wasi_path_remove_directory(ROOT, path)
                                                    : __wasi_path_unlink_file(ROOT, path);
    JS_FreeCString(c, path);
    return answer(c, error, 0);
}

// rename(from, to)
static JSValue files_rename(JSContext *c, JSValueConst self, int argc, JSValueConst *argv)
{
    const char *from = JS_ToCString(c, argv[0]), *to = from ? JS_ToCString(c, argv[1]) : NULL;
    JSValue result = to ? answer(c, __wasi_path_rename(ROOT, from, ROOT, to), 0) : JS_EXCEPTION;
    JS_FreeCString(c, from);
    JS_FreeCString(c, to);
    return result;
}

JSValue files_natives(void)
{
    static const JSCFunctionListEntry functions[] = {
        JS_CFUNC_DEF("read", 1, files_read),     JS_CFUNC_DEF("write", 3, files_write),
        JS_CFUNC_DEF("copy", 3, files_copy),     JS_CFUNC_DEF("stat", 2, files_stat),
        JS_CFUNC_DEF("list", 1, files_list),     JS_CFUNC_DEF("rename", 2, files_rename),
        JS_CFUNC_MAGIC_DEF("mkdir", 1, files_change, CHANGE_MKDIR),
        JS_CFUNC_MAGIC_DEF("rmdir", 1, files_change, CHANGE_RMDIR),
        JS_CFUNC_MAGIC_DEF("unlink", 1, files_change, CHANGE_UNLINK),
    };
    JSValue all = JS_NewObject(cx);
    if (JS_IsException(all) || JS_SetPropertyFunctionList(cx, all, functions, sizeof functions / sizeof *functions)) {
        JS_FreeValue(cx, all);
        return JS_EXCEPTION;
    }
    return all;
}
