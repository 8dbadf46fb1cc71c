#include "exchange/revocations.h"

#include <stdatomic.h>
#include <string.h>

#include <apr_strings.h>

/* Of so many places three quarters are used; then there is a table of twice the size. */
#define PLACES_FIRST 256

/* One revocation. Its cut-off and its end may grow. */
typedef struct entry_t {
    _Atomic int64_t before;
    _Atomic int64_t number;
    int64_t ends; /* read by whoever adds alone */
    uint32_t hash;
    uint32_t len;
    char name[]; /* kind, issuer, `#`, value; not ended by a zero */
} entry_t;

/* All of them, by the hash of their names; a taken place is followed by the next one. */
typedef struct table_t table_t;
struct table_t {
    _Atomic(entry_t *) *places;
    uint32_t mask;
    apr_pool_t *pool; /* NULL: free, to be used again */
    _Atomic uint32_t holders;
    table_t *next;
};

struct tokex_revocations_t {
    apr_pool_t *pool;
    _Atomic(table_t *) current;
    _Atomic uint32_t count;
    table_t *all;
};

/* The pieces of a name. */
typedef struct name_t {
    char kind;
    const char *issuer; /* NULL: none */
    const char *value;
} name_t;

static name_t name_of(tokex_revocation_kind_t kind, const char *issuer, const char *value)
{
    const name_t name = {(char)('a' + (int)kind), issuer && *issuer ? issuer : NULL, value};
    return name;
}

/* FNV-1a. What is hashed against us only makes one question slower: names that are in the table
 * were put there by us. */
static uint32_t add_hash(uint32_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static uint32_t hash_of(const name_t *name)
{
    uint32_t hash = (2166136261u ^ (unsigned char)name->kind) * 16777619u;
    if (name->issuer)
        hash = add_hash(add_hash(hash, name->issuer), "#");
    hash = add_hash(hash, name->value);
    return hash ^ hash >> 15;
}

/* Compares the piece of `entry` at `*at`, and moves on. */
static bool has_piece(const entry_t *entry, uint32_t *at, const char *piece)
{
    size_t len = strlen(piece);
    if (len > entry->len - *at || memcmp(entry->name + *at, piece, len) != 0)
        return false;
    *at += (uint32_t)len;
    return true;
}

static bool is_called(const entry_t *entry, const name_t *name)
{
    uint32_t at = 1;
    if (entry->name[0] != name->kind)
        return false;
    if (name->issuer && !(has_piece(entry, &at, name->issuer) && has_piece(entry, &at, "#")))
        return false;
    return has_piece(entry, &at, name->value) && at == entry->len;
}

/* The place of that name, or the free one where it would be. */
static _Atomic(entry_t *) *place_of(const table_t *table, const name_t *name, uint32_t hash)
{
    for (uint32_t i = hash & table->mask;; i = (i + 1) & table->mask) {
        const entry_t *entry = atomic_load_explicit(&table->places[i], memory_order_acquire);
        if (!entry || (entry->hash == hash && is_called(entry, name)))
            return &table->places[i];
    }
}

/* ---- Tables come and go */

static table_t *make_table(tokex_revocations_t *set, uint32_t places)
{
    table_t *table = set->all;
    apr_pool_t *pool;
    if (apr_pool_create(&pool, set->pool) != APR_SUCCESS)
        return NULL;
    while (table && table->pool)
        table = table->next;
    if (!table) {
        table = apr_pcalloc(set->pool, sizeof(*table));
        table->next = set->all;
        set->all = table;
    }
    table->pool = pool;
    table->mask = places - 1;
    table->places = apr_pcalloc(pool, places * sizeof(*table->places));
    return table;
}

/* Frees what was replaced and is asked by nobody any more. */
static void sweep(tokex_revocations_t *set)
{
    const table_t *current = atomic_load(&set->current);
    for (table_t *table = set->all; table; table = table->next) {
        if (table == current || !table->pool || atomic_load(&table->holders) > 0)
            continue;
        apr_pool_destroy(table->pool);
        table->pool = NULL;
    }
}

/*
 * Between finding a table and counting oneself among its holders it may be replaced and freed. What
 * is counted in is never freed, so that does no harm; a table that is in force afterwards is not
 * freed before it is let go.
 */
static table_t *hold(tokex_revocations_t *set)
{
    for (;;) {
        table_t *table = atomic_load(&set->current);
        atomic_fetch_add(&table->holders, 1);
        if (table == atomic_load(&set->current))
            return table;
        atomic_fetch_sub(&table->holders, 1);
    }
}

static void let_go(table_t *table)
{
    atomic_fetch_sub(&table->holders, 1);
}

static bool has_ended(const entry_t *entry, int64_t now)
{
    return entry->ends && entry->ends <= now;
}

static entry_t *add_entry(table_t *table, const name_t *name, uint32_t hash)
{
    size_t issuer = name->issuer ? strlen(name->issuer) + 1 : 0, value = strlen(name->value);
    entry_t *entry = apr_palloc(table->pool, sizeof(*entry) + 1 + issuer + value);
    entry->hash = hash;
    entry->len = (uint32_t)(1 + issuer + value);
    entry->name[0] = name->kind;
    if (issuer) {
        memcpy(entry->name + 1, name->issuer, issuer - 1);
        entry->name[issuer] = '#';
    }
    memcpy(entry->name + 1 + issuer, name->value, value);
    return entry;
}

static void copy_entry(table_t *to, const entry_t *from)
{
    size_t size = sizeof(*from) + from->len;
    entry_t *entry = apr_pmemdup(to->pool, from, size);
    uint32_t i = entry->hash & to->mask;
    while (atomic_load_explicit(&to->places[i], memory_order_relaxed))
        i = (i + 1) & to->mask;
    atomic_store_explicit(&to->places[i], entry, memory_order_relaxed);
}

/* Another table, with room, and without what has ended. */
static const tokex_err_t *make_room(tokex_revocations_t *set, int64_t now)
{
    const table_t *old = atomic_load(&set->current);
    uint32_t left = 0, places = PLACES_FIRST;
    table_t *table;
    for (uint32_t i = 0; i <= old->mask; i++) {
        const entry_t *entry = atomic_load(&old->places[i]);
        left += entry && !has_ended(entry, now);
    }
    while (places / 2 < left + 1)
        places *= 2;
    table = make_table(set, places);
    if (!table)
        return tokex_err_create(set->pool, TOKEX_E_MEMORY, NULL, "no memory for revocations");
    for (uint32_t i = 0; i <= old->mask; i++) {
        const entry_t *entry = atomic_load(&old->places[i]);
        if (entry && !has_ended(entry, now))
            copy_entry(table, entry);
    }
    atomic_store(&set->current, table);
    atomic_store(&set->count, left);
    return NULL;
}

const tokex_err_t *tokex_revocations_create(tokex_revocations_t **out, apr_pool_t *pool)
{
    tokex_revocations_t *set = apr_pcalloc(pool, sizeof(*set));
    table_t *table;
    set->pool = pool;
    table = make_table(set, PLACES_FIRST);
    if (!table)
        return tokex_err_create(pool, TOKEX_E_MEMORY, NULL, "no memory for revocations");
    atomic_store(&set->current, table);
    *out = set;
    return NULL;
}

/* ---- Adding and asking */

/* What is the same is not written: processes may share the memory until one does. */
static void prolong(entry_t *entry, const tokex_revocation_t *row)
{
    if (row->before > atomic_load(&entry->before))
        atomic_store(&entry->before, row->before);
    if (entry->ends && (!row->ends || row->ends > entry->ends))
        entry->ends = row->ends;
    if (row->number != atomic_load(&entry->number))
        atomic_store(&entry->number, row->number);
}

const tokex_err_t *tokex_revocations_put(tokex_revocations_t *set, const tokex_revocation_t *row,
                                         int64_t now)
{
    const name_t name = name_of(row->kind, row->issuer, row->value);
    const uint32_t hash = hash_of(&name);
    table_t *table = atomic_load(&set->current);
    _Atomic(entry_t *) *place = place_of(table, &name, hash);
    entry_t *entry = atomic_load(place);
    sweep(set);
    if (entry) {
        prolong(entry, row);
        return NULL;
    }
    if (atomic_load(&set->count) >= table->mask / 4 * 3) {
        TOKEX_RETURN_ERR(make_room(set, now));
        table = atomic_load(&set->current);
        place = place_of(table, &name, hash);
    }
    entry = add_entry(table, &name, hash);
    atomic_init(&entry->before, row->kind == TOKEX_REVOCATION_TOKEN ? INT64_MAX : row->before);
    atomic_init(&entry->number, row->number);
    entry->ends = row->ends;
    atomic_store_explicit(place, entry, memory_order_release);
    atomic_fetch_add(&set->count, 1);
    return NULL;
}

uint32_t tokex_revocations_count(tokex_revocations_t *set)
{
    return atomic_load_explicit(&set->count, memory_order_relaxed);
}

bool tokex_revocations_any(void *set)
{
    return tokex_revocations_count(set) > 0;
}

bool tokex_revocations_find(int64_t *number, void *set, const tokex_marks_t *marks)
{
    tokex_revocations_t *all = set;
    bool found = false;
    table_t *table;
    if (tokex_revocations_count(all) == 0)
        return false;
    table = hold(all);
    for (int i = 0; i < marks->count && !found; i++) {
        const tokex_mark_t *mark = &marks->items[i];
        const name_t name = name_of(mark->kind, mark->issuer, mark->value);
        entry_t *entry =
            atomic_load_explicit(place_of(table, &name, hash_of(&name)), memory_order_acquire);
        found = entry && marks->issued < atomic_load_explicit(&entry->before, memory_order_relaxed);
        if (found)
            *number = atomic_load_explicit(&entry->number, memory_order_relaxed);
    }
    let_go(table);
    return found;
}
