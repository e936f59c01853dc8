// Owns the logarithm to base 2. The compiler's library forgets half of a subnormal number's bits, so those
// are brought into the normal range first, where it is right; the step is a power of two and loses nothing.
#include <float.h>
#include <math.h>

double py_log2(double x);

double py_log2(double x)
{
    if (x > 0 && x < DBL_MIN)
        return log2(x * 0x1p54) - 54;
    return log2(x);
}
