// Owns stdout and stderr: collects what makes up a line and gives it out at its end, so that whoever
// watches sees it at once, a run that is cut off loses none, and a flood meets the host's limit.
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
    if (len && text[len - 1] == '\n')
        flush(fd);
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
