// Owns what bzip2 does when it finds itself broken: without standard output it leaves that to its user.
#include <stdlib.h>

void bz_internal_error(int code);

void bz_internal_error(int code)
{
    (void)code;
    abort();
}
