/*
 * The fingerprint of RSA keys from a certain faulty key generator (CVE-2017-15361, "ROCA"): their
 * primes are k * M + (65537^a mod M), M the product of the first primes, so the modulus is a power
 * of 65537 modulo each of these. Such a modulus of common size can be factored.
 */
#ifndef TOKEX_CRYPT_ROCA_H
#define TOKEX_CRYPT_ROCA_H

#include <stdbool.h>

#include <openssl/bn.h>

/* Has `n` the fingerprint? A sound modulus has it by chance in less than one case in 2^27. */
bool tokex_roca_is_weak(const BIGNUM *n);

#endif
