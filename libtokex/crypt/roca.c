#include "crypt/roca.h"

/*
 * All odd primes below 168, the ones that M has at the least (512-bit keys). Modulo 3, 5 and others
 * 65537 generates every residue and proves nothing; leaving them in costs nothing either, since a
 * sound modulus falls out within the first few that do.
 */
static const unsigned char primes[] = {
    3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
    73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

static bool is_power_of_65537(BN_ULONG residue, unsigned prime)
{
    unsigned power = 1;

    do {
        if (power == residue)
            return true;
        power = power * (65537u % prime) % prime;
    } while (power != 1);
    return false;
}

bool tokex_roca_is_weak(const BIGNUM *n)
{
    for (size_t i = 0; i < sizeof(primes); i++) {
        if (!is_power_of_65537(BN_mod_word(n, primes[i]), primes[i]))
            return false;
    }
    return true;
}
