#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "args.h"
#include "base/json.h"
#include "file.h"
#include "token.h"
#include "way.h"

/* Longer lines are none of ours. */
#define LINE_MAX_OCTETS 8192
/* Deeper than any lineage: a log that names a token as its own ancestor is not followed for ever.
 */
#define DEPTH_MAX 64

/* A token that is, or comes from, the one that was asked for. */
typedef struct node_t {
    const char *name; /* as in a lineage */
    const char *words;
    const char *revoked;          /* when and by whom; NULL: the log does not say so */
    apr_array_header_t *children; /* node_t * */
} node_t;

/*
 * A line of the log is written before its token leaves, so what comes of a token stands behind it,
 * and one pass finds everything.
 */
typedef struct tree_t {
    apr_pool_t *pool;
    apr_pool_t *line; /* of one line */
    apr_hash_t *nodes;
    node_t *root;
} tree_t;

static node_t *make(tree_t *tree, const char *name, const char *words)
{
    node_t *node = apr_pcalloc(tree->pool, sizeof *node);

    node->name = apr_pstrdup(tree->pool, name);
    node->words = words;
    node->children = apr_array_make(tree->pool, 2, sizeof(node_t *));
    apr_hash_set(tree->nodes, node->name, APR_HASH_KEY_STRING, node);
    return node;
}

static const char *text_of(const tokex_json_t *line, const char *name)
{
    return tokex_json_string(tokex_json_get(line, name));
}

/* The token that the line names by its jti, when it is one of the tree. */
static node_t *find(const tree_t *tree, const tokex_json_t *line, const char *issuer_member,
                    const char *jti_member)
{
    const char *issuer = text_of(line, issuer_member), *jti = text_of(line, jti_member);

    if (!issuer || !jti)
        return NULL;
    if (strcmp(issuer, TOKEX_ISSUER_SELF) != 0)
        jti = apr_pstrcat(tree->line, issuer, "#", jti, NULL);
    return apr_hash_get(tree->nodes, jti, APR_HASH_KEY_STRING);
}

static const char *words_of(const tree_t *tree, const tokex_json_t *line)
{
    const char *time = text_of(line, "time"), *client = text_of(line, "client");
    const char *target = text_of(line, "target"), *subject = text_of(line, "subject");

    return way_text(apr_pstrcat(tree->pool, time ? time : "-", " client ", client ? client : "-",
                                ", for ", target ? target : "-", ", subject ",
                                subject ? subject : "-", NULL),
                    tree->pool);
}

static void add_issued(tree_t *tree, const tokex_json_t *line)
{
    node_t *subject = find(tree, line, "issuer", "subject_jti");
    node_t *actor = find(tree, line, "actor_issuer", "actor_jti");
    const char *jti = text_of(line, "jti");
    node_t *node;

    if (!jti)
        return;
    node = apr_hash_get(tree->nodes, jti, APR_HASH_KEY_STRING);
    if (node == tree->root && !node->words)
        node->words = words_of(tree, line);
    if (node || (!subject && !actor))
        return;
    node = make(tree, jti, words_of(tree, line));
    APR_ARRAY_PUSH((subject ? subject : actor)->children, node_t *) = node;
}

static void add_revoked(const tree_t *tree, const tokex_json_t *line)
{
    node_t *node = find(tree, line, "issuer", "subject_jti");

    if (node && !node->revoked)
        node->revoked = way_text(apr_pstrcat(tree->pool, text_of(line, "time"), " by client ",
                                             text_of(line, "client"), NULL),
                                 tree->pool);
}

static void take_line(tree_t *tree, const char *text)
{
    const tokex_json_t *line;
    const char *outcome;

    if (tokex_json_parse_object(&line, text, strlen(text), tree->line))
        return;
    outcome = text_of(line, "outcome");
    if (!outcome || tokex_json_is_true(tokex_json_get(line, "remembered")))
        return;
    if (strcmp(outcome, "granted") == 0)
        add_issued(tree, line);
    else if (strcmp(outcome, "revoked") == 0)
        add_revoked(tree, line);
}

static const tokex_err_t *read_log(tree_t *tree, const char *path)
{
    char buffer[LINE_MAX_OCTETS];
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    bool failed;

    if (!in)
        return file_error(path, tree->pool);
    apr_pool_create(&tree->line, tree->pool);
    while (fgets(buffer, sizeof buffer, in)) {
        take_line(tree, buffer);
        apr_pool_clear(tree->line);
    }
    failed = ferror(in) != 0;
    if (in != stdin)
        fclose(in);
    return failed ? file_error(path, tree->pool) : NULL;
}

static void print_node(const node_t *node, int depth)
{
    int i;

    printf("%*s%s%s%s%s%s\n", 2 * depth, "", node->name, node->words ? "  " : "",
           node->words ? node->words : "", node->revoked ? ", revoked " : "",
           node->revoked ? node->revoked : "");
    for (i = 0; i < node->children->nelts && depth < DEPTH_MAX; i++)
        print_node(APR_ARRAY_IDX(node->children, i, node_t *), depth + 1);
}

int token_tree(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *log = NULL, *issuer = NULL;
    const args_option_t options[] = {{0, "audit-log", &log, NULL}, {0, "issuer", &issuer, NULL}};
    args_t args = {options, 2, NULL, 0};
    tree_t tree = {ctl->pool, NULL, apr_hash_make(ctl->pool), NULL};
    const tokex_err_t *err;
    const char *name;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (args.operand_count != 1 || !log)
        return ctl_say(CTL_USAGE,
                       "say: token tree JTI --audit-log FILE|- [--issuer ID] (JTI behind -- when "
                       "it begins with a dash)");
    name = args.operands[0];
    if (issuer)
        name = apr_pstrcat(ctl->pool, issuer, "#", name, NULL);
    tree.root = make(&tree, name, NULL);
    err = read_log(&tree, log);
    if (err)
        return ctl_error(ctl, err);
    if (!tree.root->words && !tree.root->children->nelts)
        return ctl_say(CTL_REFUSED, "%s: the log names no such token", way_text(name, ctl->pool));
    print_node(tree.root, 0);
    return ctl_flush();
}
