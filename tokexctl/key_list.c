#include <stdio.h>
#include <string.h>

#include "args.h"
#include "base/json.h"
#include "key.h"

/* One key as it is shown. */
typedef struct line_t {
    const tokex_signing_key_t *key;
    const char *state;
    const char *where;
    int64_t retired;         /* when it stopped, or will by hand; 0: not */
    int64_t published_until; /* 0: no end in sight */
} line_t;

static line_t line_of(const tokex_key_ring_t *ring, int i)
{
    const tokex_key_life_t *life = &ring->lives[i];
    line_t line = {&ring->joined->signing_keys[i], tokex_key_state_name(life->state),
                   tokex_key_ring_is_own(ring, i) ? "config.db" : "state.db",
                   ring->joined->signing_keys[i].retired, life->published_until};

    if (life->state == TOKEX_KEY_RETIRED || life->state == TOKEX_KEY_DEAD)
        line.retired = tokex_key_ring_stopped(ring, i);
    return line;
}

static const char *shown(int64_t time, apr_pool_t *pool)
{
    return time ? key_time(time, pool) : "-";
}

static void print_text(const tokex_key_ring_t *ring)
{
    apr_pool_t *pool = ring->site.pool;
    int i;

    printf("%-43s  %-5s  %-7s  %-20s  %-20s  %-20s  %-20s  %s\n", "KID", "ALG", "STATE", "CREATED",
           "ACTIVATES", "RETIRED", "PUBLISHED UNTIL", "WHERE");
    for (i = 0; i < ring->joined->signing_key_count; i++) {
        line_t line = line_of(ring, i);

        printf("%-43s  %-5s  %-7s  %-20s  %-20s  %-20s  %-20s  %s\n", line.key->kid,
               line.key->algorithm, line.state, shown(line.key->created, pool),
               shown(line.key->activates, pool), shown(line.retired, pool),
               shown(line.published_until, pool), line.where);
    }
}

static void member_time(tokex_jsonw_t *w, const char *name, int64_t time)
{
    if (time)
        tokex_jsonw_member_integer(w, name, time);
}

static void write_members(tokex_jsonw_t *w, const line_t *line)
{
    tokex_jsonw_member_string(w, "kid", line->key->kid);
    tokex_jsonw_member_string(w, "algorithm", line->key->algorithm);
    tokex_jsonw_member_string(w, "state", line->state);
    tokex_jsonw_member_integer(w, "created", line->key->created);
    tokex_jsonw_member_integer(w, "activates", line->key->activates);
    member_time(w, "retired", line->retired);
    member_time(w, "published_until", line->published_until);
    tokex_jsonw_member_string(w, "where", line->where);
}

static void print_json(const tokex_key_ring_t *ring)
{
    tokex_jsonw_t *w = tokex_jsonw_create(ring->site.pool, 1024);
    int i;

    tokex_jsonw_array_begin(w);
    for (i = 0; i < ring->joined->signing_key_count; i++) {
        line_t line = line_of(ring, i);

        tokex_jsonw_object_begin(w);
        write_members(w, &line);
        tokex_jsonw_object_end(w);
    }
    tokex_jsonw_array_end(w);
    puts(tokex_jsonw_text(w, NULL));
}

int key_list(ctl_t *ctl, int argc, const char *const *argv)
{
    bool json = false;
    const args_option_t options[] = {{0, "json", NULL, &json}};
    args_t args = {options, 1, NULL, 0};
    const tokex_err_t *err;
    tokex_key_ring_t ring;
    int code;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count)
        return ctl_say(CTL_USAGE, "key list takes no operand");
    err = key_open(&ring, ctl, TOKEX_DB_READ);
    if (err)
        return ctl_error(ctl, err);
    if (json)
        print_json(&ring);
    else
        print_text(&ring);
    ctl_faults(ctl, ring.left_out);
    code = ctl_flush();
    /* The list is then not the whole one. */
    if (!code && (ring.state_err || ring.master_err))
        return ctl_error(ctl, ring.state_err ? ring.state_err : ring.master_err);
    return code;
}

/* ---- show */

static void show_text(const line_t *line, apr_pool_t *pool)
{
    printf("kid: %s\nalgorithm: %s\nstate: %s\ncreated: %s\nactivates: %s\nretired: %s\n"
           "published until: %s\nwhere: %s\npublic key: %s\n",
           line->key->kid, line->key->algorithm, line->state, shown(line->key->created, pool),
           shown(line->key->activates, pool), shown(line->retired, pool),
           shown(line->published_until, pool), line->where, line->key->public_jwk);
}

static void show_json(const line_t *line, apr_pool_t *pool)
{
    tokex_jsonw_t *w = tokex_jsonw_create(pool, 512);
    const tokex_json_t *jwk;

    tokex_jsonw_object_begin(w);
    write_members(w, line);
    if (!tokex_json_parse(&jwk, line->key->public_jwk, strlen(line->key->public_jwk), pool)) {
        tokex_jsonw_name(w, "public_jwk");
        tokex_jsonw_node(w, jwk);
    }
    tokex_jsonw_object_end(w);
    puts(tokex_jsonw_text(w, NULL));
}

int key_show(ctl_t *ctl, int argc, const char *const *argv)
{
    bool json = false;
    const args_option_t options[] = {{0, "json", NULL, &json}};
    args_t args = {options, 1, NULL, 0};
    const tokex_err_t *err;
    tokex_key_ring_t ring;
    line_t line;
    int place;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1)
        return ctl_say(CTL_USAGE,
                       "say: key show KID [--json] (behind -- when it begins with a dash)");
    err = key_open(&ring, ctl, TOKEX_DB_READ);
    if (err)
        return ctl_error(ctl, err);
    place = tokex_key_ring_find(&ring, args.operands[0]);
    /* It may be in what could not be read. */
    if (place < 0 && (ring.state_err || ring.master_err))
        return ctl_error(ctl, ring.state_err ? ring.state_err : ring.master_err);
    if (place < 0)
        return ctl_say(CTL_REFUSED, "%s: there is no such signing key; see tokexctl key list",
                       args.operands[0]);
    line = line_of(&ring, place);
    if (json)
        show_json(&line, ctl->pool);
    else
        show_text(&line, ctl->pool);
    return ctl_flush();
}
