#include "store/config_rows.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <apr_tables.h>

#include "store/config_take.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))

/* Elements of lists that have lists themselves. */
typedef enum parts_t { NO_PARTS, ROWS, RULES, PARTS_COUNT } parts_t;

typedef struct load_t {
    tokex_db_t *db;
    const tokex_texts_t *clients; /* NULL: all */
    tokex_config_t *config;
    apr_pool_t *pool;
    apr_pool_t *scratch;
    apr_array_header_t *positions[PARTS_COUNT]; /* int64_t, of all of them */
    tokex_config_taking_t taking;
} load_t;

/* ---- Where a row belongs */

/* A list of an object: where it is in the object, and the size of an element. */
typedef struct list_t {
    size_t items;
    size_t count;
    size_t size;
} list_t;

#define TEXTS(type, member)                                                                        \
    {                                                                                              \
        offsetof(type, member) + offsetof(tokex_texts_t, items),                                   \
            offsetof(type, member) + offsetof(tokex_texts_t, count), sizeof(const char *)          \
    }
#define LIST(type, member, counter, element)                                                       \
    {                                                                                              \
        offsetof(type, member), offsetof(type, counter), sizeof(element)                           \
    }

/* Who has lists: objects of the configuration, or parts of such. */
typedef struct owner_t {
    list_t objects;
    size_t id;      /* in an object */
    const char *by; /* the column that names the object */
    list_t parts;   /* size 0: the objects themselves have them */
    size_t part_id; /* in a part */
    const char *part_by;
} owner_t;

#define OBJECTS(type, member, counter) LIST(tokex_config_t, member, counter, type)

static const owner_t issuer_owners = {.objects = OBJECTS(tokex_issuer_t, issuers, issuer_count),
                                      .id = offsetof(tokex_issuer_t, id),
                                      .by = "issuer"};
static const owner_t target_owners = {.objects = OBJECTS(tokex_target_t, targets, target_count),
                                      .id = offsetof(tokex_target_t, id),
                                      .by = "target"};
static const owner_t mapping_owners = {.objects = OBJECTS(tokex_mapping_t, mappings, mapping_count),
                                       .id = offsetof(tokex_mapping_t, id),
                                       .by = "mapping"};
static const owner_t row_owners = {.objects = OBJECTS(tokex_mapping_t, mappings, mapping_count),
                                   .id = offsetof(tokex_mapping_t, id),
                                   .by = "mapping",
                                   .parts =
                                       LIST(tokex_mapping_t, rows, row_count, tokex_mapping_row_t),
                                   .part_id = offsetof(tokex_mapping_row_t, to),
                                   .part_by = "claim_to"};
static const owner_t client_owners = {.objects = OBJECTS(tokex_client_t, clients, client_count),
                                      .id = offsetof(tokex_client_t, id),
                                      .by = "client"};
static const owner_t rule_owners = {.objects = OBJECTS(tokex_client_t, clients, client_count),
                                    .id = offsetof(tokex_client_t, id),
                                    .by = "client",
                                    .parts = LIST(tokex_client_t, rules, rule_count, tokex_rule_t),
                                    .part_id = offsetof(tokex_rule_t, id),
                                    .part_by = "rule"};

/* What belongs to no client has no statement for a single one. */
#define NO_CLIENT TOKEX_SQL_COUNT

/*
 * Where rows come from and go to. Those of lists come in the order in which their owners were read,
 * so that the two are read side by side and nobody is looked up. Within a list they come in any
 * order and get that of the column `position`, where there is one, here: no index has it, and to
 * sort ten thousand lists of one element each takes a database longer than to read them.
 */
typedef struct source_t {
    tokex_sql_t all;
    tokex_sql_t of_client;
    const owner_t *owner;      /* NULL: the configuration */
    list_t list;               /* of the owner */
    tokex_config_take_t *take; /* NULL: an element is a text */
    const char *column;        /* and this is its column */
    parts_t parts;             /* these get their order when they have their lists */
} source_t;

#define ALL(name) TOKEX_SQL_CONFIG_##name##_LIST, NO_CLIENT
#define OF(name) TOKEX_SQL_CONFIG_##name##_LIST, TOKEX_SQL_CONFIG_##name##_OF

/* Owners before their lists. */
static const source_t sources[] = {
    {ALL(MAPPING), NULL, OBJECTS(tokex_mapping_t, mappings, mapping_count),
     tokex_config_take_mapping, NULL, NO_PARTS},
    {ALL(MAPPING_ROW), &mapping_owners, LIST(tokex_mapping_t, rows, row_count, tokex_mapping_row_t),
     tokex_config_take_mapping_row, NULL, ROWS},
    {ALL(MAPPING_PAIR), &row_owners, LIST(tokex_mapping_row_t, table, table_count, tokex_pair_t),
     tokex_config_take_mapping_pair, NULL, NO_PARTS},
    {ALL(PROCEDURE), NULL, OBJECTS(tokex_procedure_t, procedures, procedure_count),
     tokex_config_take_procedure, NULL, NO_PARTS},
    {ALL(SCOPE), NULL, OBJECTS(tokex_scope_t, scopes, scope_count), tokex_config_take_scope, NULL,
     NO_PARTS},
    {ALL(ISSUER), NULL, OBJECTS(tokex_issuer_t, issuers, issuer_count), tokex_config_take_issuer,
     NULL, NO_PARTS},
    {ALL(ISSUER_AUDIENCE), &issuer_owners, TEXTS(tokex_issuer_t, audiences), NULL, "audience",
     NO_PARTS},
    {ALL(ISSUER_KEY), &issuer_owners, LIST(tokex_issuer_t, keys, key_count, tokex_issuer_key_t),
     tokex_config_take_issuer_key, NULL, NO_PARTS},
    {ALL(ISSUER_JWKS_URL), &issuer_owners, TEXTS(tokex_issuer_t, jwks_urls), NULL, "url", NO_PARTS},
    {ALL(ISSUER_CONDITION), &issuer_owners,
     LIST(tokex_issuer_t, conditions, condition_count, tokex_condition_t),
     tokex_config_take_condition, NULL, NO_PARTS},
    {ALL(ISSUER_MACHINE_MARK), &issuer_owners,
     LIST(tokex_issuer_t, machine_marks, machine_mark_count, tokex_condition_t),
     tokex_config_take_condition, NULL, NO_PARTS},
    {ALL(ISSUER_SCOPE), &issuer_owners,
     LIST(tokex_issuer_t, scope_map, scope_map_count, tokex_scope_row_t),
     tokex_config_take_issuer_scope, NULL, NO_PARTS},
    {ALL(TARGET), NULL, OBJECTS(tokex_target_t, targets, target_count), tokex_config_take_target,
     NULL, NO_PARTS},
    {ALL(TARGET_RESOURCE), &target_owners, TEXTS(tokex_target_t, resources), NULL, "resource",
     NO_PARTS},
    {ALL(TARGET_SCOPE), &target_owners, TEXTS(tokex_target_t, scopes), NULL, "scope", NO_PARTS},
    {OF(CLIENT), NULL, OBJECTS(tokex_client_t, clients, client_count), tokex_config_take_client,
     NULL, NO_PARTS},
    {OF(CLIENT_SCOPE), &client_owners, TEXTS(tokex_client_t, scopes), NULL, "scope", NO_PARTS},
    {OF(CLIENT_INTROSPECT), &client_owners, TEXTS(tokex_client_t, introspects), NULL, "target",
     NO_PARTS},
    {OF(CLIENT_SECRET), &client_owners, LIST(tokex_client_t, secrets, secret_count, tokex_secret_t),
     tokex_config_take_secret, NULL, NO_PARTS},
    {OF(CLIENT_PROPERTY), &client_owners,
     LIST(tokex_client_t, properties, property_count, tokex_property_t), tokex_config_take_property,
     NULL, NO_PARTS},
    {OF(RULE), &client_owners, LIST(tokex_client_t, rules, rule_count, tokex_rule_t),
     tokex_config_take_rule, NULL, RULES},
    {OF(RULE_ISSUER), &rule_owners, TEXTS(tokex_rule_t, issuers), NULL, "issuer", NO_PARTS},
    {OF(RULE_TARGET), &rule_owners, TEXTS(tokex_rule_t, targets), NULL, "target", NO_PARTS},
    {OF(RULE_SCOPE), &rule_owners, TEXTS(tokex_rule_t, scopes_when_absent), NULL, "scope",
     NO_PARTS},
    {OF(RULE_SENSITIVE_SCOPE), &rule_owners, TEXTS(tokex_rule_t, sensitive_scopes), NULL, "scope",
     NO_PARTS},
    {OF(RULE_PROCEDURE_SCOPE), &rule_owners, TEXTS(tokex_rule_t, procedure_scopes), NULL, "scope",
     NO_PARTS},
    {OF(RULE_CONDITION), &rule_owners,
     LIST(tokex_rule_t, conditions, condition_count, tokex_condition_t),
     tokex_config_take_condition, NULL, NO_PARTS},
    {OF(RULE_ACTOR), &rule_owners, LIST(tokex_rule_t, actors, actor_count, tokex_actor_t),
     tokex_config_take_actor, NULL, NO_PARTS},
    {ALL(SIGNING), NULL, OBJECTS(tokex_signing_t, signing, signing_count),
     tokex_config_take_signing, NULL, NO_PARTS},
    {ALL(SIGNING_KEY), NULL, OBJECTS(tokex_signing_key_t, signing_keys, signing_key_count),
     tokex_config_take_signing_key, NULL, NO_PARTS},
};

static char *read_list(int *count, const list_t *list, const void *owner)
{
    char *items;

    memcpy(&items, (const char *)owner + list->items, sizeof items);
    memcpy(count, (const char *)owner + list->count, sizeof *count);
    return items;
}

static void write_list(void *owner, const list_t *list, const void *items, int count)
{
    memcpy((char *)owner + list->items, &items, sizeof items);
    memcpy((char *)owner + list->count, &count, sizeof count);
}

/* ---- Order */

/* An element behind its position, which has the alignment of anything that it can be. */
#define RECORD(size) (sizeof(int64_t) + (size))

static int by_position(const void *left, const void *right)
{
    int64_t a, b;

    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

static void put_in_order(char *records, int count, size_t size)
{
    int i;

    for (i = 1; i < count; i++)
        if (by_position(records + RECORD(size) * (size_t)(i - 1),
                        records + RECORD(size) * (size_t)i) > 0) {
            qsort(records, (size_t)count, RECORD(size), by_position);
            return;
        }
}

static void copy_elements(char *items, const char *records, int count, size_t size)
{
    int i;

    for (i = 0; i < count; i++)
        memcpy(items + size * (size_t)i, records + RECORD(size) * (size_t)i + sizeof(int64_t),
               size);
}

/* Parts of one object, whose positions are at `position`. */
static void order_list(char *items, int count, size_t size, const int64_t *position,
                       apr_pool_t *scratch)
{
    char *records = apr_palloc(scratch, RECORD(size) * (size_t)count);
    int i;

    for (i = 0; i < count; i++) {
        memcpy(records + RECORD(size) * (size_t)i, &position[i], sizeof *position);
        memcpy(records + RECORD(size) * (size_t)i + sizeof *position, items + size * (size_t)i,
               size);
    }
    put_in_order(records, count, size);
    copy_elements(items, records, count, size);
}

static void order_parts(const load_t *load, const owner_t *owner, parts_t parts)
{
    const int64_t *position = (const int64_t *)load->positions[parts]->elts;
    int object_count, count, i;
    const char *objects = read_list(&object_count, &owner->objects, load->config);

    for (i = 0; i < object_count; i++) {
        char *items = read_list(&count, &owner->parts, objects + owner->objects.size * (size_t)i);

        if (count > 1)
            order_list(items, count, owner->parts.size, position, load->scratch);
        position += count;
    }
}

/* ---- Reading side by side */

typedef struct reading_t {
    load_t *load;
    const source_t *source;
    tokex_rows_t *rows;
    void *owner; /* whose list is being read; NULL: nobody's so far */
    int object;  /* the place of the owner, or of that whose part it is */
    int part;
    apr_array_header_t *records; /* of the owner's list so far */
} reading_t;

/* The list that was read becomes its owner's. */
static void end_list(reading_t *r)
{
    load_t *load = r->load;
    const source_t *source = r->source;
    char *records = r->records->elts;
    int count = r->records->nelts, i;
    char *items;

    if (!r->owner || !count)
        return;
    if (source->parts)
        for (i = 0; i < count; i++)
            memcpy(apr_array_push(load->positions[source->parts]),
                   records + RECORD(source->list.size) * (size_t)i, sizeof(int64_t));
    else
        put_in_order(records, count, source->list.size);
    items = apr_palloc(load->pool, source->list.size * (size_t)count);
    copy_elements(items, records, count, source->list.size);
    write_list(r->owner, &source->list, items, count);
    r->records->nelts = 0;
}

/* The first from `*place` on that has the name. */
static char *find_from(int *place, char *items, int count, size_t size, size_t id, const char *name)
{
    for (; *place < count; ++*place) {
        char *item = items + size * (size_t)*place;
        const char *own;

        memcpy(&own, item + id, sizeof own);
        if (own && name && strcmp(own, name) == 0)
            return item;
    }
    return NULL;
}

/* Whose row it is: never one before the owner of the row before. */
static void *find_owner(reading_t *r)
{
    const owner_t *owner = r->source->owner;
    int before = r->object, count;
    char *items, *object;

    if (!owner)
        return r->load->config;
    items = read_list(&count, &owner->objects, r->load->config);
    object = find_from(&r->object, items, count, owner->objects.size, owner->id,
                       tokex_db_peek(r->rows, owner->by));
    if (!object || !owner->parts.size)
        return object;
    if (r->object != before)
        r->part = 0;
    items = read_list(&count, &owner->parts, object);
    return find_from(&r->part, items, count, owner->parts.size, owner->part_id,
                     tokex_db_peek(r->rows, owner->part_by));
}

/* What belongs to nobody is not passed over: it may be a condition. */
static const tokex_err_t *take_row(reading_t *r, tokex_sql_t statement)
{
    const source_t *source = r->source;
    void *owner = find_owner(r);
    int64_t position;
    char *record;

    if (!owner)
        return tokex_err_create(r->load->scratch, TOKEX_E_DB_CORRUPT, NULL,
                                "%s: a row belongs to something that is not there",
                                tokex_sql_text_statements[statement].name);
    if (owner != r->owner)
        end_list(r);
    r->owner = owner;
    position = tokex_db_integer(r->rows, "position");
    record = apr_array_push(r->records);
    memset(record, 0, RECORD(source->list.size));
    memcpy(record, &position, sizeof position);
    if (source->take)
        source->take(&r->load->taking, r->rows, record + sizeof position);
    else
        *(const char **)(void *)(record + sizeof position) = tokex_db_text(r->rows, source->column);
    return NULL;
}

/* `client` NULL: the statement has no parameter. */
static const tokex_err_t *take_rows(reading_t *r, tokex_sql_t statement, const char *client)
{
    const tokex_bind_t bind = TOKEX_BIND_T("client", client);
    load_t *load = r->load;
    bool more = true;

    /* What is read out of rows lives in their pool. */
    TOKEX_RETURN_ERR(
        tokex_db_select(&r->rows, load->db, statement, &bind, client ? 1 : 0, load->pool));
    for (;;) {
        TOKEX_RETURN_ERR(tokex_db_next(&more, r->rows));
        if (!more)
            return NULL;
        TOKEX_RETURN_ERR(take_row(r, statement));
    }
}

static const tokex_err_t *load_source(load_t *load, const source_t *source)
{
    reading_t r = {.load = load, .source = source};
    int i;

    r.records = apr_array_make(load->scratch, 16, (int)RECORD(source->list.size));
    if (!load->clients || source->of_client == NO_CLIENT)
        TOKEX_RETURN_ERR(take_rows(&r, source->all, NULL));
    else
        for (i = 0; i < load->clients->count; i++)
            TOKEX_RETURN_ERR(take_rows(&r, source->of_client, load->clients->items[i]));
    end_list(&r);
    return NULL;
}

static const tokex_err_t *load_all(load_t *load)
{
    int i;

    for (i = 0; i < PARTS_COUNT; i++)
        load->positions[i] = apr_array_make(load->scratch, 16, sizeof(int64_t));
    for (i = 0; i < COUNT(sources); i++)
        TOKEX_RETURN_ERR(load_source(load, &sources[i]));
    order_parts(load, &row_owners, ROWS);
    order_parts(load, &rule_owners, RULES);
    return NULL;
}

const tokex_err_t *tokex_config_rows_load(const tokex_config_t **out, tokex_db_t *db,
                                          const tokex_texts_t *clients, apr_pool_t *result_pool,
                                          apr_pool_t *scratch_pool)
{
    load_t load = {
        .db = db, .clients = clients, .pool = result_pool, .taking = {.pool = result_pool}};
    const tokex_err_t *err;

    load.config = apr_pcalloc(result_pool, sizeof *load.config);
    apr_pool_create(&load.scratch, scratch_pool);
    err = load_all(&load);
    if (err)
        return err;
    apr_pool_destroy(load.scratch);
    *out = load.config;
    return NULL;
}
