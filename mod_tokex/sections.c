#include "sections.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>

#include "directives.h"

extern module AP_MODULE_DECLARE_DATA tokex_module;

/* A section with what is needed to say which others it lies in. */
typedef struct place_t {
    tokex_section_t section;
    const ap_directive_t *node;
    const struct place_t *around; /* NULL: a virtual host at most */
    const char *path; /* plain, without a slash at its end; NULL: a pattern or no path */
    const apr_array_header_t *own_requirements;
} place_t;

typedef struct reading_t {
    server_rec *main, *s;
    apr_array_header_t *places; /* place_t * */
    apr_pool_t *result_pool;
    apr_pool_t *pool;
} reading_t;

static bool is(const ap_directive_t *node, const char *name)
{
    return strcasecmp(node->directive, name) == 0;
}

static bool is_one_of(const ap_directive_t *node, const char *const *names)
{
    for (; *names; names++) {
        if (is(node, *names))
            return true;
    }
    return false;
}

/* Sections with directives of their own for what lies in them. */
static bool holds_directives(const ap_directive_t *node)
{
    static const char *const names[] = {
        "<Location", "<LocationMatch", "<Directory", "<DirectoryMatch", "<Files", "<FilesMatch",
        "<Proxy",    "<ProxyMatch",    "<If",        "<ElseIf",         "<Else",  NULL};

    return is_one_of(node, names);
}

/* Sections that say something of whom to let in. */
static bool holds_requirements(const ap_directive_t *node)
{
    static const char *const names[] = {"<RequireAny", "<RequireAll",  "<RequireNone",
                                        "<Limit",      "<LimitExcept", NULL};

    return is_one_of(node, names);
}

static const char *without_bracket(const ap_directive_t *node, apr_pool_t *pool)
{
    apr_size_t len = strlen(node->args);

    while (len > 0 && (node->args[len - 1] == '>' || apr_isspace(node->args[len - 1])))
        len--;
    return apr_pstrmemdup(pool, node->args, len);
}

static const char *name_of(const ap_directive_t *node, apr_pool_t *pool)
{
    const char *args = without_bracket(node, pool);

    return apr_pstrcat(pool, node->directive + 1, *args ? " " : "", args, NULL);
}

static const char *full_name_of(const ap_directive_t *node, apr_pool_t *pool)
{
    const ap_directive_t *around = tokex_section_around(node);

    if (!around)
        return name_of(node, pool);
    return apr_pstrcat(pool, full_name_of(around, pool), ", ", name_of(node, pool), NULL);
}

static const char *path_of(const ap_directive_t *node, apr_pool_t *pool)
{
    const char *args = without_bracket(node, pool);
    char *path;
    apr_size_t len;

    if (!is(node, "<Location") && !is(node, "<Directory"))
        return NULL;
    path = ap_getword_conf(pool, &args);
    /* What follows `~`, and what holds a wild card, is a pattern. */
    if (*args || *path != '/' || strpbrk(path, "*?["))
        return NULL;
    for (len = strlen(path); len > 0 && path[len - 1] == '/'; len--)
        path[len - 1] = '\0';
    return path;
}

static void add_requirements(apr_array_header_t *list, const ap_directive_t *node, apr_pool_t *pool)
{
    for (; node; node = node->next) {
        if (is(node, "Require")) {
            APR_ARRAY_PUSH(list, const char *) = apr_pstrcat(pool, "Require ", node->args, NULL);
        } else if (holds_requirements(node)) {
            int before = list->nelts;

            APR_ARRAY_PUSH(list, const char *) =
                apr_pstrcat(pool, "<", name_of(node, pool), ">", NULL);
            add_requirements(list, node->first_child, pool);
            if (list->nelts == before + 1)
                apr_array_pop(list);
            else
                APR_ARRAY_PUSH(list, const char *) =
                    apr_pstrcat(pool, "</", node->directive + 1, ">", NULL);
        }
    }
}

/* AuthMerging And or Or: who may pass is said here and around. */
static const char *merging_of(const ap_directive_t *node)
{
    for (node = node->first_child; node; node = node->next) {
        if (is(node, "AuthMerging") && strcasecmp(node->args, "Off") != 0)
            return node->args;
    }
    return NULL;
}

static const char *auth_type_of(const ap_directive_t *node, apr_pool_t *pool)
{
    const char *found = NULL;

    for (; node; node = node->next) {
        const char *args = node->args;

        if (is(node, "AuthType"))
            found = ap_getword_conf(pool, &args);
        else if (is(node, "<Limit") || is(node, "<LimitExcept"))
            found = auth_type_of(node->first_child, pool) ? auth_type_of(node->first_child, pool)
                                                          : found;
    }
    return found;
}

/* The last word of `node` and what stands beside it; `before`: none. */
static bool forbids(const ap_directive_t *node, bool before)
{
    for (; node; node = node->next) {
        if (is(node, "AuthzSendForbiddenOnFailure"))
            before = strcasecmp(node->args, "On") == 0;
    }
    return before;
}

/* What our directives made of the section; NULL: none stands in it. */
static const tokex_dir_t *dir_of(const reading_t *reading, const ap_directive_t *node)
{
    server_rec *const hosts[] = {reading->main, reading->s};
    int i, k;

    for (i = 0; i < 2; i++) {
        const apr_array_header_t *dirs = tokex_directives_server_conf(hosts[i])->dirs;

        for (k = 0; dirs && k < dirs->nelts; k++) {
            const tokex_dir_t *dir = APR_ARRAY_IDX(dirs, k, const tokex_dir_t *);

            if (dir->section == node)
                return dir;
        }
    }
    return NULL;
}

static bool lies_below(const place_t *inner, const place_t *outer)
{
    apr_size_t len;

    if (!outer->path || !inner->path || !is(inner->node, outer->node->directive))
        return false;
    len = strlen(outer->path);
    return strncmp(inner->path, outer->path, len) == 0 &&
           (inner->path[len] == '/' || inner->path[len] == '\0');
}

/* Inside, or below, or inside of what lies below. */
static bool covers(const place_t *outer, const place_t *inner)
{
    for (; inner; inner = inner->around) {
        if (inner == outer || lies_below(inner, outer))
            return true;
    }
    return false;
}

static const apr_array_header_t *join(const reading_t *reading, const apr_array_header_t *before,
                                      const place_t *place)
{
    const char *merging = merging_of(place->node);
    apr_array_header_t *joined;

    if (!merging || before->nelts == 0)
        return place->own_requirements;
    joined = apr_array_copy(reading->pool, before);
    APR_ARRAY_PUSH(joined, const char *) =
        apr_pstrcat(reading->pool, "AuthMerging ", merging, NULL);
    apr_array_cat(joined, place->own_requirements);
    return joined;
}

/* What the sections before it, and then it itself, make of one. */
static void settle(reading_t *reading, place_t *place)
{
    tokex_section_t *section = &place->section;
    void *dir = ap_get_module_config(reading->s->lookup_defaults, &tokex_module);
    int i;

    for (i = 0; i < reading->places->nelts; i++) {
        place_t *outer = APR_ARRAY_IDX(reading->places, i, place_t *);
        const tokex_dir_t *said = dir_of(reading, outer->node);

        if (!covers(outer, place))
            continue;
        if (outer == place)
            section->names_client = said && said->client;
        if (said)
            dir = tokex_location_merge(reading->result_pool, dir, (void *)said);
        if (auth_type_of(outer->node->first_child, reading->pool))
            section->auth_type = auth_type_of(outer->node->first_child, reading->pool);
        section->forbids = forbids(outer->node->first_child, section->forbids);
        if (outer->own_requirements->nelts > 0)
            section->requirements = join(reading, section->requirements, outer);
        if (place->own_requirements->nelts > 0)
            outer->section.leads_on = true;
        if (outer == place)
            break;
    }
    section->dir = dir;
}

static const place_t *place_of(const reading_t *reading, const ap_directive_t *node)
{
    int i;

    for (i = 0; i < reading->places->nelts; i++) {
        const place_t *place = APR_ARRAY_IDX(reading->places, i, const place_t *);

        if (place->node == node)
            return place;
    }
    return NULL;
}

static void add_place(reading_t *reading, const ap_directive_t *node)
{
    place_t *place = apr_pcalloc(reading->pool, sizeof(*place));
    apr_array_header_t *requirements = apr_array_make(reading->pool, 2, sizeof(const char *));

    add_requirements(requirements, node->first_child, reading->pool);
    place->node = node;
    place->around = place_of(reading, tokex_section_around(node));
    place->path = path_of(node, reading->pool);
    place->own_requirements = requirements;
    place->section.decides = requirements->nelts > 0;
    place->section.name = full_name_of(node, reading->pool);
    place->section.file = apr_pstrdup(reading->pool, node->filename);
    place->section.line = node->line_num;
    place->section.requirements = apr_array_make(reading->pool, 0, sizeof(const char *));
    APR_ARRAY_PUSH(reading->places, place_t *) = place;
    settle(reading, place);
}

static void walk(reading_t *reading, const ap_directive_t *node)
{
    for (; node; node = node->next) {
        if (is(node, "<VirtualHost"))
            continue;
        if (holds_directives(node))
            add_place(reading, node);
        if (node->first_child)
            walk(reading, node->first_child);
    }
}

/* What stands between <VirtualHost> and its end. */
static const ap_directive_t *host_of(const ap_directive_t *node, const server_rec *s)
{
    for (; node; node = node->next) {
        if (is(node, "<VirtualHost") && s->defn_name &&
            (unsigned)node->line_num == s->defn_line_number &&
            strcmp(node->filename, s->defn_name) == 0)
            return node->first_child;
    }
    return NULL;
}

const ap_directive_t *tokex_section_around(const ap_directive_t *node)
{
    do
        node = node->parent;
    while (node && !holds_directives(node));
    return node;
}

/* Is a token asked for here, as far as one can read? */
static bool is_ours(const tokex_section_t *section)
{
    return section->dir->client ||
           (section->auth_type && strcasecmp(section->auth_type, TOKEX_AUTH_TYPE) == 0);
}

/* Most of what is read is not ours, so what is kept is copied. */
static void keep(apr_array_header_t *found, const tokex_section_t *section, apr_pool_t *pool)
{
    tokex_section_t *kept = apr_array_push(found);
    apr_array_header_t *lines = apr_array_copy(pool, section->requirements);
    int i;

    for (i = 0; i < lines->nelts; i++)
        APR_ARRAY_IDX(lines, i, const char *) =
            apr_pstrdup(pool, APR_ARRAY_IDX(lines, i, const char *));
    *kept = *section;
    kept->name = apr_pstrdup(pool, section->name);
    kept->file = apr_pstrdup(pool, section->file);
    kept->auth_type = section->auth_type ? apr_pstrdup(pool, section->auth_type) : NULL;
    kept->requirements = lines;
}

const apr_array_header_t *tokex_sections_read(server_rec *main, server_rec *s,
                                              apr_pool_t *result_pool, apr_pool_t *scratch_pool)
{
    reading_t reading = {main, s, apr_array_make(scratch_pool, 8, sizeof(place_t *)), result_pool,
                         scratch_pool};
    apr_array_header_t *found = apr_array_make(result_pool, 4, sizeof(tokex_section_t));
    int i;

    /* A host that is not switched on has nothing to do with what protects others. */
    if (s == main || tokex_directives_of(s))
        walk(&reading, ap_conftree);
    if (s != main)
        walk(&reading, host_of(ap_conftree, s));
    for (i = 0; i < reading.places->nelts; i++) {
        const place_t *place = APR_ARRAY_IDX(reading.places, i, place_t *);

        if (is_ours(&place->section))
            keep(found, &place->section, result_pool);
    }
    return found;
}
