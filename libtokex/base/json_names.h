/*
 * The member names of the objects that are open while a document is checked, to find a name that
 * stands twice in one object. Private to base/.
 */
#ifndef TOKEX_BASE_JSON_NAMES_H
#define TOKEX_BASE_JSON_NAMES_H

#include <apr_pools.h>

/* Room before anything is allocated: more members than a token's claims have. */
#define TOKEX_JSON_NAMES_FIRST 48

typedef struct tokex_json_name_t {
    const char *text; /* unescaped */
    apr_size_t len;
    apr_size_t offset; /* where the name stands in the document */
} tokex_json_name_t;

/* A stack: an object's names lie above those of the objects around it. */
typedef struct tokex_json_names_t {
    apr_pool_t *pool;
    tokex_json_name_t *items;
    apr_size_t count;
    apr_size_t room;
    tokex_json_name_t first[TOKEX_JSON_NAMES_FIRST];
} tokex_json_names_t;

void tokex_json_names_init(tokex_json_names_t *names, apr_pool_t *pool);

/* `text` is borrowed until the object that it belongs to is closed. */
void tokex_json_names_push(tokex_json_names_t *names, const char *text, apr_size_t len,
                           apr_size_t offset);

/*
 * Closes the object whose names begin at index `base`: takes them off the stack. Returns one that
 * stands twice (the later one), valid until the next push, or NULL. n log n for n names, whatever
 * they are: nobody can choose names that make it slower, as with a hash.
 */
const tokex_json_name_t *tokex_json_names_close(tokex_json_names_t *names, apr_size_t base);

/*
 * The octets that the inside of a JSON string, already checked, stands for; at most `len`. They are
 * written to `out`, which holds `len`. Returns their number.
 */
apr_size_t tokex_json_names_unescape(char *out, const char *in, apr_size_t len);

#endif
