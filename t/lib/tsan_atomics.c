/*
 * APR's atomic operations, for the module that is built with the sanitizer of threads alone: libapr
 * is not built with it, so the order that its own ones make would not be seen.
 */
#include <apr_atomic.h>

#define ORDER __ATOMIC_SEQ_CST

apr_uint32_t apr_atomic_read32(volatile apr_uint32_t *mem)
{
    return __atomic_load_n(mem, ORDER);
}

void apr_atomic_set32(volatile apr_uint32_t *mem, apr_uint32_t value)
{
    __atomic_store_n(mem, value, ORDER);
}

apr_uint32_t apr_atomic_inc32(volatile apr_uint32_t *mem)
{
    return __atomic_fetch_add(mem, 1, ORDER);
}

int apr_atomic_dec32(volatile apr_uint32_t *mem)
{
    return __atomic_sub_fetch(mem, 1, ORDER) != 0;
}

apr_uint32_t apr_atomic_cas32(volatile apr_uint32_t *mem, apr_uint32_t with, apr_uint32_t was)
{
    (void)__atomic_compare_exchange_n(mem, &was, with, 0, ORDER, ORDER);
    return was;
}

apr_uint32_t apr_atomic_xchg32(volatile apr_uint32_t *mem, apr_uint32_t value)
{
    return __atomic_exchange_n(mem, value, ORDER);
}

apr_uint64_t apr_atomic_read64(volatile apr_uint64_t *mem)
{
    return __atomic_load_n(mem, ORDER);
}

void apr_atomic_set64(volatile apr_uint64_t *mem, apr_uint64_t value)
{
    __atomic_store_n(mem, value, ORDER);
}

apr_uint64_t apr_atomic_add64(volatile apr_uint64_t *mem, apr_uint64_t value)
{
    return __atomic_fetch_add(mem, value, ORDER);
}

apr_uint64_t apr_atomic_inc64(volatile apr_uint64_t *mem)
{
    return __atomic_fetch_add(mem, 1, ORDER);
}

apr_uint64_t apr_atomic_cas64(volatile apr_uint64_t *mem, apr_uint64_t with, apr_uint64_t was)
{
    (void)__atomic_compare_exchange_n(mem, &was, with, 0, ORDER, ORDER);
    return was;
}

void *apr_atomic_casptr(volatile void **mem, void *with, const void *was)
{
    void *found = (void *)was;

    (void)__atomic_compare_exchange_n((void *volatile *)mem, &found, with, 0, ORDER, ORDER);
    return found;
}

void *apr_atomic_xchgptr(volatile void **mem, void *with)
{
    return __atomic_exchange_n((void *volatile *)mem, with, ORDER);
}
