#include "request_state.h"

#include <http_config.h>

#include "base/b64url.h"

extern module AP_MODULE_DECLARE_DATA tokex_module;

static tokex_request_state_t *find(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &tokex_module);
}

tokex_request_state_t *tokex_request_state(request_rec *r)
{
    tokex_request_state_t *state = find(r);

    if (!state) {
        state = apr_pcalloc(r->pool, sizeof(*state));
        ap_set_module_config(r->request_config, &tokex_module, state);
    }
    return state;
}

bool tokex_request_is_endpoint(const request_rec *r)
{
    const tokex_request_state_t *state = find(r);

    return state && state->is_endpoint;
}

request_rec *tokex_request_first(request_rec *r)
{
    while (r->prev || r->main)
        r = r->prev ? r->prev : r->main;
    return r;
}

tokex_request_state_t *tokex_request_state_first(request_rec *r)
{
    return tokex_request_state(tokex_request_first(r));
}

/* As ap_process_request_internal() decides whom to ask again. */
static request_rec *heir_of(const request_rec *r)
{
    if (r->prev && r->prev->per_dir_config == r->per_dir_config)
        return r->prev;
    if (r->main && r->main->per_dir_config == r->per_dir_config)
        return r->main;
    return NULL;
}

tokex_request_state_t *tokex_request_state_in_force(request_rec *r)
{
    for (; r; r = heir_of(r)) {
        tokex_request_state_t *state = find(r);

        if (state && state->result)
            return state;
    }
    return NULL;
}

static apr_status_t forget(void *data)
{
    const request_rec *r = data;
    tokex_inner_t *inner = &tokex_request_state(r->main)->inner;

    if (inner->request == r)
        inner->request = NULL;
    return APR_SUCCESS;
}

void tokex_request_remember(request_rec *r)
{
    tokex_inner_t *inner = &tokex_request_state(r->main)->inner;

    inner->request = r;
    inner->in_force = tokex_request_state_in_force(r);
    apr_pool_cleanup_register(r->pool, r, forget, apr_pool_cleanup_null);
}

static void become(request_rec *r, tokex_request_state_t *state, const tokex_inner_t *inner)
{
    state->result = inner->in_force->result;
    state->token = inner->in_force->token;
    state->entry = inner->in_force->entry;
    state->claims = inner->in_force->claims;
    r->user = inner->request->user;
    r->ap_auth_type = inner->request->ap_auth_type;
}

bool tokex_request_has_moved(request_rec *r)
{
    tokex_request_state_t *state = tokex_request_state(r);
    const tokex_inner_t *inner = &state->inner;
    bool judged = state->section != NULL;

    if (state->section == r->per_dir_config)
        return false;
    state->section = r->per_dir_config;
    if (inner->request && inner->in_force && inner->request->per_dir_config == r->per_dir_config) {
        become(r, state, inner);
        return true;
    }
    /* What was decided was decided for other sections. */
    if (judged)
        state->result = NULL;
    return judged;
}

#define NOTE_PREFIX "tokex-"

static bool is_note(const char *name)
{
    return strncmp(name, NOTE_PREFIX, sizeof(NOTE_PREFIX) - 1) == 0;
}

void tokex_request_notes_inherit(request_rec *r)
{
    const apr_array_header_t *notes = apr_table_elts(r->prev->notes);
    int i;

    for (i = 0; i < notes->nelts; i++) {
        const apr_table_entry_t *note = &APR_ARRAY_IDX(notes, i, apr_table_entry_t);

        if (is_note(note->key))
            apr_table_setn(r->notes, note->key, note->val);
    }
}

void tokex_request_notes_clear(request_rec *r)
{
    const apr_array_header_t *notes = apr_table_elts(r->notes);
    int i = 0;

    while (i < notes->nelts) {
        const char *name = APR_ARRAY_IDX(notes, i, apr_table_entry_t).key;

        if (is_note(name)) {
            apr_table_unset(r->notes, name);
            i = 0;
        } else {
            i++;
        }
    }
}

/* The payload of a token whose signature was made or verified by us. */
static const tokex_json_t *payload(const char *token, apr_pool_t *pool)
{
    const char *begin = strchr(token, '.');
    const char *end = begin ? strchr(begin + 1, '.') : NULL;
    const tokex_json_t *claims = NULL;
    unsigned char *octets;
    apr_size_t len;

    if (!end ||
        tokex_b64url_decode(&octets, &len, begin + 1, (apr_size_t)(end - begin - 1), pool) ||
        tokex_json_parse_object(&claims, (const char *)octets, len, pool))
        return NULL;
    return claims;
}

const char *tokex_request_state_token(const tokex_request_state_t *state, apr_pool_t *pool)
{
    return state->result->exchanged ? tokex_result_token(state->result, pool) : state->token;
}

const tokex_json_t *tokex_request_claims(request_rec *r)
{
    tokex_request_state_t *state = tokex_request_state_in_force(r);

    if (!state || !state->result->granted)
        return NULL;
    if (!state->claims)
        state->claims = payload(tokex_request_state_token(state, r->pool), r->pool);
    return state->claims;
}
