#include "try_draft.h"

#include <string.h>

#include <apr_hash.h>

#include "config/document.h"
#include "policy/normalise.h"
#include "resolve.h"

/* A list of objects, each of which begins with its id. */
typedef struct list_t {
    const void *items;
    int count;
} list_t;

static const char *id_of(const void *item)
{
    return *(const char *const *)item;
}

static list_t join(list_t present, list_t draft, apr_size_t size, apr_pool_t *pool)
{
    char *items = apr_pcalloc(pool, (apr_size_t)(present.count + draft.count + 1) * size);
    apr_hash_t *places = apr_hash_make(pool);
    list_t joined = {items, present.count};
    int i;

    if (present.count)
        memcpy(items, present.items, (apr_size_t)present.count * size);
    for (i = 0; i < present.count; i++)
        apr_hash_set(places, id_of(items + (apr_size_t)i * size), APR_HASH_KEY_STRING,
                     items + (apr_size_t)i * size);
    for (i = 0; i < draft.count; i++) {
        const char *item = (const char *)draft.items + (apr_size_t)i * size;
        char *place = id_of(item) ? apr_hash_get(places, id_of(item), APR_HASH_KEY_STRING) : NULL;

        if (!place)
            place = items + (apr_size_t)joined.count++ * size;
        memcpy(place, item, size);
    }
    return joined;
}

#define JOIN(member, counter)                                                                      \
    do {                                                                                           \
        const list_t of_present = {present->member, present->counter};                             \
        const list_t of_draft = {draft->member, draft->counter};                                   \
        const list_t joined = join(of_present, of_draft, sizeof *present->member, ctl->pool);      \
        out->member = joined.items;                                                                \
        out->counter = joined.count;                                                               \
    } while (0)

static tokex_config_t *merge(const tokex_config_t *present, const tokex_config_t *draft,
                             const ctl_t *ctl)
{
    tokex_config_t *out = apr_pcalloc(ctl->pool, sizeof *out);

    JOIN(issuers, issuer_count);
    JOIN(mappings, mapping_count);
    JOIN(scopes, scope_count);
    JOIN(targets, target_count);
    JOIN(clients, client_count);
    JOIN(signing, signing_count);
    return out;
}

const tokex_err_t *try_draft_apply(const tokex_config_t **out, const tokex_config_t *present,
                                   const char *text, apr_size_t len, tokex_faults_t *faults,
                                   const ctl_t *ctl)
{
    tokex_document_given_t given = {false, false};
    apr_array_header_t *made = apr_array_make(ctl->pool, 1, sizeof(resolve_made_t));
    const tokex_config_t *draft;

    TOKEX_RETURN_ERR(tokex_document_read(&draft, &given, text, len, faults, ctl->pool, ctl->pool));
    given = (tokex_document_given_t){true, false};
    TOKEX_RETURN_ERR(
        resolve_config(out, merge(present, draft, ctl), present, &given, made, faults, ctl));
    *out = tokex_normalise_config(*out, ctl->now, ctl->crypt, faults, ctl->pool, ctl->pool);
    return faults->error_count ? tokex_err_create(ctl->pool, TOKEX_E_DOCUMENT, NULL, "the draft")
                               : NULL;
}
