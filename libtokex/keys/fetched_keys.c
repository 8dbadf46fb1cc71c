#include "keys/fetched_keys.h"

#include <stdlib.h>
#include <string.h>

#include <apr_atomic.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

/* The keys of an edition, in a pool that no other has a part in. */
typedef struct parsed_t {
    apr_pool_t *pool;
    const tokex_keyset_t *set; /* NULL: it cannot be read */
} parsed_t;

/* What was put for one source, until something else is put. One allocation, because there may be
 * tens of thousands and a pool begins with two pages. Immutable but for what the lock is for. */
typedef struct edition_t {
    tokex_fetched_keys_t *keys;
    int64_t fetched;
    int64_t fresh_until;
    int64_t tried;
    int64_t number;
    bool failed;
    const char *jwks; /* behind `name`; NULL: none ever came */
    apr_size_t jwks_len;

    apr_uint64_t mark; /* of name and keys; 0: there are no keys */

    int holders;      /* under the lock; the table is one of them */
    parsed_t *parsed; /* under the lock; NULL: nobody needed it so far */
    char name[];
} edition_t;

struct tokex_fetched_keys_t {
    const tokex_crypt_t *crypt;
    apr_thread_mutex_t *lock;   /* of what follows, and of each edition's holders and keys */
    apr_hash_t *editions;       /* name -> edition_t */
    volatile apr_uint64_t mark; /* of all in the table together; written under the lock */
    apr_pool_t *scratch;
};

/* Nowhere to put an error when there is no memory. */
static const tokex_err_t no_memory = {TOKEX_E_MEMORY, "no memory for fetched keys", NULL, NULL};
static const tokex_err_t no_digest = {TOKEX_E_CRYPTO, "fetched keys: SHA-256 failed", NULL, NULL};

static void lock(tokex_fetched_keys_t *keys)
{
    (void)apr_thread_mutex_lock(keys->lock);
}

static void unlock(tokex_fetched_keys_t *keys)
{
    (void)apr_thread_mutex_unlock(keys->lock);
}

/* No URL has a line break in it. */
static const char *name_of(const char *issuer, const char *url, apr_pool_t *pool)
{
    return apr_pstrcat(pool, issuer, "\n", url, NULL);
}

static edition_t *make_edition(tokex_fetched_keys_t *keys, const tokex_fetched_t *row)
{
    apr_size_t issuer = strlen(row->issuer), url = strlen(row->url) + 1;
    apr_size_t jwks = row->jwks ? strlen(row->jwks) + 1 : 0;
    edition_t *edition = calloc(1, sizeof(*edition) + issuer + 1 + url + jwks);
    if (!edition)
        return NULL;
    edition->keys = keys;
    edition->fetched = row->fetched;
    edition->fresh_until = row->fresh_until;
    edition->tried = row->tried;
    edition->number = row->number;
    edition->failed = row->failure != NULL;
    memcpy(edition->name, row->issuer, issuer);
    edition->name[issuer] = '\n';
    memcpy(edition->name + issuer + 1, row->url, url);
    if (row->jwks) {
        edition->jwks = memcpy(edition->name + issuer + 1 + url, row->jwks, jwks);
        edition->jwks_len = jwks - 1;
    }
    edition->holders = 1;
    return edition;
}

static void free_edition(edition_t *edition)
{
    if (edition->parsed)
        apr_pool_destroy(edition->parsed->pool);
    free(edition);
}

/* Under the lock. Returns what is to be freed behind it, NULL for nothing. */
static edition_t *let_go(edition_t *edition)
{
    return edition && --edition->holders == 0 ? edition : NULL;
}

static apr_status_t end_hold(void *data)
{
    edition_t *edition = data;
    tokex_fetched_keys_t *keys = edition->keys;
    lock(keys);
    edition = let_go(edition);
    unlock(keys);
    if (edition)
        free_edition(edition);
    return APR_SUCCESS;
}

static apr_status_t end(void *data)
{
    tokex_fetched_keys_t *keys = data;
    for (apr_hash_index_t *i = apr_hash_first(NULL, keys->editions); i; i = apr_hash_next(i))
        (void)end_hold(apr_hash_this_val(i));
    return APR_SUCCESS;
}

const tokex_err_t *tokex_fetched_keys_create(tokex_fetched_keys_t **out, const tokex_crypt_t *crypt,
                                             apr_pool_t *pool)
{
    tokex_fetched_keys_t *keys = apr_pcalloc(pool, sizeof(*keys));
    apr_status_t rv = apr_thread_mutex_create(&keys->lock, APR_THREAD_MUTEX_DEFAULT, pool);
    if (rv == APR_SUCCESS)
        rv = apr_pool_create(&keys->scratch, pool);
    if (rv != APR_SUCCESS)
        return tokex_err_create(pool, TOKEX_E_INTERNAL, NULL, "fetched keys: %pm", &rv);
    keys->crypt = crypt;
    keys->editions = apr_hash_make(pool);
    apr_pool_cleanup_register(pool, keys, end, apr_pool_cleanup_null);
    *out = keys;
    return NULL;
}

static bool is_newer(const edition_t *edition, const tokex_fetched_t *row)
{
    if (edition->tried != row->tried)
        return edition->tried > row->tried;
    return edition->number > row->number;
}

/* Under the lock, for its scratch. Name and keys stand behind each other. */
static bool set_mark(tokex_fetched_keys_t *keys, edition_t *edition)
{
    unsigned char digest[TOKEX_SHA256_LEN];
    const char *end = edition->jwks ? edition->jwks + edition->jwks_len : NULL;
    bool good = !end || !tokex_crypt_sha256(keys->crypt, digest, edition->name,
                                            (apr_size_t)(end - edition->name), keys->scratch);
    if (end && good)
        memcpy(&edition->mark, digest, sizeof(edition->mark));
    apr_pool_clear(keys->scratch);
    return good;
}

static void add_mark(tokex_fetched_keys_t *keys, const edition_t *edition)
{
    apr_atomic_set64(&keys->mark, apr_atomic_read64(&keys->mark) ^ edition->mark);
}

/* The table's own hold goes with the name: it lies in the edition. */
static edition_t *take_out(tokex_fetched_keys_t *keys, edition_t *edition)
{
    if (edition) {
        add_mark(keys, edition);
        apr_hash_set(keys->editions, edition->name, APR_HASH_KEY_STRING, NULL);
    }
    return let_go(edition);
}

const tokex_err_t *tokex_fetched_keys_put(tokex_fetched_keys_t *keys, const tokex_fetched_t *row)
{
    edition_t *edition = make_edition(keys, row);
    edition_t *present;
    if (!edition)
        return &no_memory;
    lock(keys);
    if (!set_mark(keys, edition)) {
        unlock(keys);
        free_edition(edition);
        return &no_digest;
    }
    present = apr_hash_get(keys->editions, edition->name, APR_HASH_KEY_STRING);
    if (present && is_newer(present, row)) {
        present = edition;
    } else {
        present = take_out(keys, present);
        apr_hash_set(keys->editions, edition->name, APR_HASH_KEY_STRING, edition);
        add_mark(keys, edition);
    }
    /* The table has it, by a pointer to const, which the analyser takes for no keeper. */
    unlock(keys); /* NOLINT(clang-analyzer-unix.Malloc) */
    if (present)
        free_edition(present);
    return NULL;
}

void tokex_fetched_keys_remove(tokex_fetched_keys_t *keys, const char *issuer, const char *url)
{
    edition_t *edition;
    lock(keys);
    edition =
        apr_hash_get(keys->editions, name_of(issuer, url, keys->scratch), APR_HASH_KEY_STRING);
    edition = take_out(keys, edition);
    apr_pool_clear(keys->scratch);
    unlock(keys);
    if (edition)
        free_edition(edition);
}

apr_uint64_t tokex_fetched_keys_mark(tokex_fetched_keys_t *keys)
{
    return apr_atomic_read64(&keys->mark);
}

/* NULL: there is no memory for it. */
static parsed_t *parse(const edition_t *edition, int64_t now, apr_pool_t *scratch)
{
    apr_pool_t *pool;
    parsed_t *parsed;
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS)
        return NULL;
    parsed = apr_pcalloc(pool, sizeof(*parsed));
    parsed->pool = pool;
    if (tokex_jwk_read(&parsed->set, edition->jwks, edition->jwks_len, now, edition->keys->crypt,
                       pool, scratch))
        parsed->set = NULL;
    return parsed;
}

/* Several threads may find a new edition unparsed; the first that has done it does it for all. */
static const parsed_t *parse_for_all(edition_t *edition, int64_t now, apr_pool_t *scratch)
{
    tokex_fetched_keys_t *keys = edition->keys;
    parsed_t *mine = parse(edition, now, scratch);
    parsed_t *first;
    if (!mine)
        return NULL;
    lock(keys);
    first = edition->parsed;
    if (!first)
        edition->parsed = mine;
    unlock(keys);
    if (!first)
        return mine;
    apr_pool_destroy(mine->pool);
    return first;
}

/* The edition of a source, which stays as long as `pool` does. NULL: nothing is known. */
static edition_t *hold(const parsed_t **parsed, tokex_fetched_keys_t *keys, const char *issuer,
                       const char *url, apr_pool_t *pool)
{
    const char *name = name_of(issuer, url, pool);
    edition_t *edition;
    *parsed = NULL;
    lock(keys);
    edition = apr_hash_get(keys->editions, name, APR_HASH_KEY_STRING);
    if (edition) {
        edition->holders++;
        *parsed = edition->parsed;
    }
    unlock(keys);
    if (edition)
        apr_pool_cleanup_register(pool, edition, end_hold, apr_pool_cleanup_null);
    return edition;
}

bool tokex_fetched_keys_row(tokex_fetched_t *out, tokex_fetched_keys_t *keys, const char *issuer,
                            const char *url, apr_pool_t *pool)
{
    const parsed_t *parsed;
    const edition_t *edition = hold(&parsed, keys, issuer, url, pool);
    if (!edition)
        return false;
    *out = (tokex_fetched_t){.issuer = issuer,
                             .url = url,
                             .jwks = edition->jwks,
                             .fetched = edition->fetched,
                             .fresh_until = edition->fresh_until,
                             .tried = edition->tried,
                             .failure = edition->failed ? "" : NULL,
                             .number = edition->number};
    return true;
}

bool tokex_fetched_keys_view(tokex_fetched_view_t *out, tokex_fetched_keys_t *keys,
                             const char *issuer, const char *url, int64_t now, apr_pool_t *pool)
{
    const parsed_t *parsed;
    edition_t *edition = hold(&parsed, keys, issuer, url, pool);
    if (!edition)
        return false;
    if (!parsed && edition->jwks)
        parsed = parse_for_all(edition, now, pool);
    *out = (tokex_fetched_view_t){.set = parsed ? parsed->set : NULL,
                                  .fetched = edition->fetched,
                                  .fresh_until = edition->fresh_until,
                                  .tried = edition->tried,
                                  .failed = edition->failed};
    return true;
}
