#include "edit/secret.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#define DAY 86400

static int64_t number_of(const tokex_json_t *secret, const char *name)
{
    int64_t number = 0;

    (void)tokex_json_integer(tokex_json_get(secret, name), &number);
    return number;
}

static bool has_ended(const tokex_json_t *secret, int64_t now)
{
    int64_t expires = number_of(secret, "expires");

    return expires != 0 && expires <= now;
}

static const tokex_json_t *first_of(const tokex_json_t *client)
{
    return tokex_json_first(tokex_json_get(client, "secrets"));
}

/* Those that have not ended. */
static int count_good(const tokex_json_t *client, int64_t now)
{
    const tokex_json_t *secret;
    int count = 0;

    for (secret = first_of(client); secret; secret = tokex_json_next(secret))
        count += !has_ended(secret, now);
    return count;
}

/* The one of them that was made last. */
static const tokex_json_t *find_newest(const tokex_json_t *client, int64_t now)
{
    const tokex_json_t *newest = NULL, *secret;

    for (secret = first_of(client); secret; secret = tokex_json_next(secret))
        if (!has_ended(secret, now) &&
            (!newest || number_of(secret, "created") >= number_of(newest, "created")))
            newest = secret;
    return newest;
}

/* "s3" behind "s2": one that no secret has that is there, ended ones among them. */
static const char *next_id(const tokex_json_t *client, apr_pool_t *pool)
{
    const tokex_json_t *secret;
    long highest = 0;

    for (secret = first_of(client); secret; secret = tokex_json_next(secret)) {
        const char *id = tokex_json_string(tokex_json_get(secret, "id"));

        if (id && id[0] == 's' && id[1] && strlen(id) < 10 &&
            !id[1 + strspn(id + 1, "0123456789")] && strtol(id + 1, NULL, 10) > highest)
            highest = strtol(id + 1, NULL, 10);
    }
    return apr_psprintf(pool, "s%ld", highest + 1);
}

/* ---- Writing */

/* The secret as it is, but for its end. */
static void write_ending(tokex_jsonw_t *w, const tokex_json_t *secret, int64_t expires)
{
    const tokex_json_t *member;

    tokex_jsonw_object_begin(w);
    for (member = tokex_json_first(secret); member; member = tokex_json_next(member)) {
        if (strcmp(tokex_json_name(member), "expires") == 0)
            continue;
        tokex_jsonw_name(w, tokex_json_name(member));
        tokex_jsonw_node(w, member);
    }
    tokex_jsonw_member_integer(w, "expires", expires);
    tokex_jsonw_object_end(w);
}

static tokex_jsonw_t *begin_client(const tokex_json_t *client, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 1024);
    const tokex_json_t *member;

    tokex_jsonw_object_begin(w);
    for (member = tokex_json_first(client); member; member = tokex_json_next(member)) {
        if (strcmp(tokex_json_name(member), "secrets") == 0)
            continue;
        tokex_jsonw_name(w, tokex_json_name(member));
        tokex_jsonw_node(w, member);
    }
    tokex_jsonw_name(w, "secrets");
    tokex_jsonw_array_begin(w);
    return w;
}

static const char *end_client(tokex_jsonw_t *w)
{
    tokex_jsonw_array_end(w);
    tokex_jsonw_object_end(w);
    return tokex_jsonw_text(w, NULL);
}

const char *tokex_secret_rotate(const char **id, const tokex_json_t *client,
                                const tokex_rotation_t *how, apr_pool_t *pool)
{
    const tokex_json_t *newest = find_newest(client, how->now);
    int64_t end = how->now + how->days * DAY, before = number_of(newest, "expires");
    tokex_jsonw_t *w;

    if (count_good(client, how->now) > 1 && !how->drop_old)
        return NULL;
    *id = next_id(client, pool);
    w = begin_client(client, pool);
    if (newest)
        write_ending(w, newest, before == 0 || before > end ? end : before);
    tokex_jsonw_object_begin(w);
    tokex_jsonw_member_string(w, "id", *id);
    tokex_jsonw_member_bool(w, "generate", true);
    tokex_jsonw_object_end(w);
    return end_client(w);
}

const char *tokex_secret_remove(int *left, const tokex_json_t *client, const char *id,
                                apr_pool_t *pool)
{
    tokex_jsonw_t *w = begin_client(client, pool);
    const tokex_json_t *secret;
    bool found = false;

    *left = 0;
    for (secret = first_of(client); secret; secret = tokex_json_next(secret)) {
        const char *own = tokex_json_string(tokex_json_get(secret, "id"));

        if (own && strcmp(own, id) == 0) {
            found = true;
            continue;
        }
        tokex_jsonw_node(w, secret);
        ++*left;
    }
    return found ? end_client(w) : NULL;
}
