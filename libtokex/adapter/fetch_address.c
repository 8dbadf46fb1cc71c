#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <arpa/inet.h>

#include "adapter/fetch_private.h"

#define IPV4_OCTETS 4
#define IPV6_OCTETS 16

/* The first `bits` of an address. */
typedef struct net_t {
    unsigned char octets[IPV6_OCTETS];
    int bits;
} net_t;

/* RFC 6890 and its registry: what is not reached over the public Internet. */
static const net_t special_ipv4[] = {
    {{0}, 8},         {{10}, 8},       {{100, 64}, 10},      {{127}, 8},
    {{169, 254}, 16}, {{172, 16}, 12}, {{192, 0, 0}, 24},    {{192, 0, 2}, 24},
    {{192, 168}, 16}, {{198, 18}, 15}, {{198, 51, 100}, 24}, {{203, 0, 113}, 24},
    {{224}, 4},       {{240}, 4},
};

/* All that may be public, and what in it is not: protocols' own, documentation. */
static const net_t global_ipv6 = {{0x20}, 3};
static const net_t special_ipv6[] = {
    {{0x20, 0x01}, 23},
    {{0x20, 0x01, 0x0d, 0xb8}, 32},
    {{0x3f, 0xff}, 20},
};

/* Addresses that stand for an IPv4 address, and where it stands in them. */
static const struct {
    net_t net;
    int at;
    unsigned char mask; /* what each octet of it is xored with */
} embedding[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12, 0}, /* mapped */
    {{{0, 0x64, 0xff, 0x9b}, 96}, 12, 0},                      /* NAT64, RFC 6052 */
    {{{0x20, 0x02}, 16}, 2, 0},                                /* 6to4, RFC 3056 */
    {{{0x20, 0x01, 0, 0}, 32}, 12, 0xff},                      /* Teredo, RFC 4380 */
};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static bool is_in(const net_t *net, const unsigned char *octets)
{
    int whole = net->bits / 8, rest = net->bits % 8;

    if (memcmp(net->octets, octets, (size_t)whole) != 0)
        return false;
    return rest == 0 || ((net->octets[whole] ^ octets[whole]) >> (8 - rest)) == 0;
}

static bool is_in_any(const net_t *nets, size_t count, const unsigned char *octets)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (is_in(&nets[i], octets))
            return true;
    }
    return false;
}

static bool is_public_ipv4(const unsigned char *octets)
{
    return !is_in_any(special_ipv4, COUNT_OF(special_ipv4), octets);
}

static bool is_public_ipv6(const unsigned char *octets)
{
    return is_in(&global_ipv6, octets) && !is_in_any(special_ipv6, COUNT_OF(special_ipv6), octets);
}

static bool is_allowed(const tokex_fetch_settings_t *settings, const apr_sockaddr_t *address)
{
    int i;

    for (i = 0; i < settings->allowed_count; i++) {
        /* It does not change the address, whatever its prototype says. */
        if (apr_ipsubnet_test(settings->allowed[i], (apr_sockaddr_t *)address))
            return true;
    }
    return false;
}

/* What APR's tests look at. The octets are those in `out`. */
static void fill(apr_sockaddr_t *out, int family, const void *octets)
{
    memset(out, 0, sizeof(*out));
    out->family = family;
    if (family == APR_INET) {
        memcpy(&out->sa.sin.sin_addr, octets, IPV4_OCTETS);
        out->ipaddr_ptr = &out->sa.sin.sin_addr;
        out->ipaddr_len = IPV4_OCTETS;
    } else {
        memcpy(&out->sa.sin6.sin6_addr, octets, IPV6_OCTETS);
        out->ipaddr_ptr = &out->sa.sin6.sin6_addr;
        out->ipaddr_len = IPV6_OCTETS;
    }
}

/* The IPv4 address that `octets` stand for. */
static bool find_embedded(apr_sockaddr_t *out, const unsigned char *octets)
{
    unsigned char inner[IPV4_OCTETS];
    size_t i;
    int j;

    for (i = 0; i < COUNT_OF(embedding); i++) {
        if (!is_in(&embedding[i].net, octets))
            continue;
        for (j = 0; j < IPV4_OCTETS; j++)
            inner[j] = octets[embedding[i].at + j] ^ embedding[i].mask;
        fill(out, APR_INET, inner);
        return true;
    }
    return false;
}

bool tokex_fetch_may_ask(const tokex_fetch_settings_t *settings, const apr_sockaddr_t *address)
{
    const unsigned char *octets = address->ipaddr_ptr;
    apr_sockaddr_t inner;

    if (is_allowed(settings, address))
        return true;
    if (address->family == APR_INET)
        return is_public_ipv4(octets);
    if (address->family != APR_INET6)
        return false;
    if (find_embedded(&inner, octets))
        return is_allowed(settings, &inner) || is_public_ipv4(inner.ipaddr_ptr);
    return is_public_ipv6(octets);
}

static bool is_localhost(const char *host, size_t len)
{
    static const char name[] = "localhost";
    size_t name_len = sizeof(name) - 1;

    return len >= name_len && strncasecmp(host + len - name_len, name, name_len) == 0 &&
           (len == name_len || host[len - name_len - 1] == '.');
}

bool tokex_fetch_may_ask_host(const tokex_fetch_settings_t *settings, const char *host)
{
    char text[256];
    struct in6_addr ipv6;
    struct in_addr ipv4;
    apr_sockaddr_t address;
    size_t len = strlen(host);

    if (len > 0 && host[len - 1] == '.')
        len--;
    if (len == 0 || len >= sizeof(text))
        return false;
    apr_cpystrn(text, host, len + 1);
    if (is_localhost(text, len))
        (void)inet_aton("127.0.0.1", &ipv4);
    else if (inet_pton(AF_INET6, text, &ipv6) == 1) {
        fill(&address, APR_INET6, &ipv6);
        return tokex_fetch_may_ask(settings, &address);
    } else if (!inet_aton(text, &ipv4)) {
        return true;
    }
    fill(&address, APR_INET, &ipv4);
    return tokex_fetch_may_ask(settings, &address);
}
