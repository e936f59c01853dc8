// Owns stdout and stderr: collects text in blocks, so that a flood meets the host's limit while it runs.
#include "output.h"

#define BLOCK 16384u

IMPORT(out) void host_out(int fd, const char *text, size_t len);

static struct {
    size_t len;
    char text[BLOCK];
} streams[2];

static void flush(int fd)
{
    if (streams[fd - 1].len)
        host_out(fd, streams[fd - 1].text, streams[fd - 1].len);
    streams[fd - 1].len = 0;
}

void output_write(int fd, const char *text, size_t len)
{
    if (len > BLOCK - streams[fd - 1].len)
        flush(fd);
    for (; len > BLOCK; text += BLOCK, len -= BLOCK)
        host_out(fd, text, BLOCK);
    memcpy(streams[fd - 1].text + streams[fd - 1].len, text, len);
    streams[fd - 1].len += len;
}

void output_flush(void)
{
    flush(1);
    flush(2);
}

void output_drop(void)
{
    streams[0].len = streams[1].len = 0;
}
