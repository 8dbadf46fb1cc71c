#include "config/faults.h"

#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>

#include "base/err.h"

tokex_faults_t *tokex_config_faults_create(apr_pool_t *pool)
{
    tokex_faults_t *faults = apr_pcalloc(pool, sizeof(*faults));
    faults->pool = pool;
    return faults;
}

static void make_space(tokex_faults_t *faults)
{
    int space = faults->space ? faults->space * 2 : 8;
    tokex_fault_t *items = apr_palloc(faults->pool, (apr_size_t)space * sizeof(*items));
    if (faults->count)
        memcpy(items, faults->items, (apr_size_t)faults->count * sizeof(*items));
    faults->items = items;
    faults->space = space;
}

void tokex_config_fault_add(tokex_faults_t *faults, const tokex_fault_t *fault)
{
    if (faults->count == faults->space)
        make_space(faults);
    faults->items[faults->count++] = *fault;
    if (!fault->warning)
        faults->error_count++;
}

static const char *shown(const tokex_faults_t *faults, const char *text)
{
    return text ? tokex_err_shown(faults->pool, text, strlen(text)) : NULL;
}

/* A problem may quote an id, and a database may hold what no document could bring. */
static char *one_line(char *text)
{
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = '?';
    return text;
}

/* What a fault is about, from the object inwards; shown forms hold no line break. */
typedef enum depth_t { WHOLE, OBJECT, FIELD, VALUE } depth_t;

static const char *place_key(const tokex_fault_t *fault, depth_t depth, apr_pool_t *pool)
{
    const char *id = fault->id ? fault->id : "";
    if (depth <= OBJECT)
        return apr_psprintf(pool, "%d\n%s\n%s", depth, fault->object, id);
    return apr_psprintf(pool, "%d\n%s\n%s\n%s\n%s", depth, fault->object, id, fault->field,
                        depth == VALUE ? fault->value : "");
}

static void settle_at(tokex_faults_t *faults, const tokex_fault_t *fault, depth_t depth)
{
    apr_hash_set(faults->settled, place_key(fault, depth, faults->pool), APR_HASH_KEY_STRING, "");
}

void tokex_faults_settle(tokex_faults_t *faults)
{
    faults->settled = apr_hash_make(faults->pool);
    for (int i = 0; i < faults->count; i++) {
        const tokex_fault_t *fault = &faults->items[i];
        if (fault->warning)
            continue;
        settle_at(faults, fault, OBJECT);
        if (!fault->field) {
            settle_at(faults, fault, WHOLE);
            continue;
        }
        settle_at(faults, fault, FIELD);
        if (fault->value)
            settle_at(faults, fault, VALUE);
    }
}

static bool is_settled(const tokex_faults_t *faults, const tokex_fault_t *fault)
{
    depth_t depth = !fault->field ? OBJECT : fault->value ? VALUE : FIELD;
    return faults->settled && (apr_hash_get(faults->settled, place_key(fault, WHOLE, faults->pool),
                                            APR_HASH_KEY_STRING) ||
                               apr_hash_get(faults->settled, place_key(fault, depth, faults->pool),
                                            APR_HASH_KEY_STRING));
}

static tokex_fault_t fault_at(const tokex_faults_t *faults, const tokex_place_t *at)
{
    return (tokex_fault_t){.object = at->object,
                           .id = shown(faults, at->id),
                           .field = shown(faults, at->field),
                           .value = shown(faults, at->value)};
}

bool tokex_faults_is_settled(const tokex_faults_t *faults, const tokex_place_t *at)
{
    const tokex_fault_t fault = faults->settled ? fault_at(faults, at) : (tokex_fault_t){0};
    return faults->settled && is_settled(faults, &fault);
}

static void add(tokex_faults_t *faults, const tokex_place_t *at, bool warning, const char *remedy,
                char *problem)
{
    tokex_fault_t fault = fault_at(faults, at);
    if (is_settled(faults, &fault))
        return;
    fault.problem = one_line(problem);
    fault.remedy = remedy ? apr_pstrdup(faults->pool, remedy) : NULL;
    fault.warning = warning;
    tokex_config_fault_add(faults, &fault);
}

void tokex_faults_error(tokex_faults_t *faults, const tokex_place_t *at, const char *remedy,
                        const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(faults, at, false, remedy, apr_pvsprintf(faults->pool, fmt, args));
    va_end(args);
}

void tokex_faults_warning(tokex_faults_t *faults, const tokex_place_t *at, const char *remedy,
                          const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(faults, at, true, remedy, apr_pvsprintf(faults->pool, fmt, args));
    va_end(args);
}

/* A sentence that ends in its own mark is left as it is. */
static const char *full_stop(const char *sentence)
{
    apr_size_t len = strlen(sentence);
    return len > 0 && strchr(".?!", sentence[len - 1]) ? "" : ".";
}

const char *tokex_config_fault_text(const tokex_fault_t *fault, apr_pool_t *pool)
{
    const char *where = fault->object ? fault->object : "configuration";
    if (fault->id)
        where = apr_psprintf(pool, "%s \"%s\"", where, fault->id);
    if (fault->field)
        where = apr_psprintf(pool, "%s: field %s", where, fault->field);
    if (fault->value)
        where = apr_psprintf(pool, "%s: \"%s\"", where, fault->value);
    return apr_pstrcat(pool, where, ": ", fault->problem, full_stop(fault->problem),
                       fault->remedy ? " " : "", fault->remedy ? fault->remedy : "", NULL);
}
