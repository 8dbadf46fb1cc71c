#include "member.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "file.h"
#include "policy/normalise.h"

typedef enum verb_t { SET, ADD, TAKE } verb_t;

/* One word. */
typedef struct word_t {
    draft_t *draft;
    const member_place_t *place;
    const char *name;
    const char *value;
    verb_t verb;
    const tokex_field_t *field; /* NULL: there is none of that name */
    tokex_faults_t *faults;
    const ctl_t *ctl;
} word_t;

const tokex_field_t *member_field(const tokex_object_desc_t *desc, const char *name)
{
    int i;

    for (i = 0; i < desc->field_count; i++)
        if (strcmp(desc->fields[i].name, name) == 0)
            return &desc->fields[i];
    return NULL;
}

/* ---- Refusals */

static const char *problem_remedy(const word_t *word, const char *remedy)
{
    return apr_psprintf(word->ctl->pool, "%s %s", remedy, word->field->hint);
}

static bool has_lines(const tokex_field_t *field)
{
    return field->kind == TOKEX_FIELD_PEM || field->kind == TOKEX_FIELD_SOURCE;
}

/* A value that may be a key of somebody is not repeated. */
static void refuse(const word_t *word, const char *remedy, const char *problem)
{
    bool shown = !has_lines(word->field) && word->field->kind != TOKEX_FIELD_JSON &&
                 word->field->kind != TOKEX_FIELD_OBJECTS && !word->field->secret;
    const tokex_place_t at = {.object = word->place->desc->noun,
                              .id = word->place->id,
                              .field = word->name,
                              .value = shown ? word->value : NULL};

    tokex_faults_error(word->faults, &at, remedy, "%s", problem);
}

/* ---- Values */

static const char *bool_json(const word_t *word)
{
    if (strcmp(word->value, "true") == 0 || strcmp(word->value, "false") == 0)
        return word->value;
    refuse(word, problem_remedy(word, "Write true or false."), "true or false is needed");
    return NULL;
}

static const char *integer_json(const word_t *word)
{
    const char *digits = word->value + (*word->value == '-');

    if (*digits && strlen(digits) <= 15 && digits[strspn(digits, "0123456789")] == '\0')
        return apr_psprintf(word->ctl->pool, "%" APR_INT64_T_FMT,
                            (apr_int64_t)strtoll(word->value, NULL, 10));
    refuse(word, problem_remedy(word, "Write digits."), "a whole number is needed");
    return NULL;
}

/* Takes `@FILE` for what is in the file. False: a fault was added. */
static bool read_value(word_t *word)
{
    const tokex_err_t *err;
    apr_size_t len;

    if (word->value[0] != '@')
        return true;
    err = file_read(&word->value, &len, word->value + 1, TOKEX_LIMIT_KEY_DOCUMENT, word->ctl->pool);
    if (!err && strlen(word->value) == len && tokex_json_is_utf8(word->value, len))
        return true;
    refuse(word, "Name a file of text behind the @.",
           err ? tokex_err_text(err, word->ctl->pool) : "the file holds something else than text");
    return false;
}

static const tokex_json_t *parse(const word_t *word)
{
    const tokex_json_t *node;

    if (tokex_json_parse(&node, word->value, strlen(word->value), word->ctl->pool))
        return NULL;
    return node;
}

static const char *json_json(word_t *word)
{
    const tokex_json_t *node;

    if (!read_value(word))
        return NULL;
    node = parse(word);
    if (node && tokex_json_type(node) == TOKEX_JSON_OBJECT)
        return draft_json(node, word->ctl->pool);
    refuse(word, problem_remedy(word, "Write JSON, or @FILE for what is in a file."),
           "an object is needed");
    return NULL;
}

/* A secret is a line, and an editor ends it. */
static void drop_line_end(word_t *word)
{
    apr_size_t len = strlen(word->value);

    len -= len > 0 && word->value[len - 1] == '\n';
    len -= len > 0 && word->value[len - 1] == '\r';
    word->value = apr_pstrmemdup(word->ctl->pool, word->value, len);
}

static const char *text_json(word_t *word)
{
    bool is_file = (has_lines(word->field) || word->field->secret) && word->value[0] == '@';

    if (is_file && !read_value(word))
        return NULL;
    if (is_file && !has_lines(word->field))
        drop_line_end(word);
    return draft_quote(word->value, word->ctl->pool);
}

/* ---- Lists */

static void push(apr_array_header_t *list, const char *json)
{
    *(const char **)apr_array_push(list) = json;
}

static void push_all(apr_array_header_t *list, const tokex_json_t *array, apr_pool_t *pool)
{
    const tokex_json_t *node;

    for (node = tokex_json_first(array); node; node = tokex_json_next(node))
        push(list, draft_json(node, pool));
}

/* Texts between commas, or a JSON list for those that hold commas. */
static bool read_texts(const word_t *word, apr_array_header_t *list)
{
    char *rest = apr_pstrdup(word->ctl->pool, word->value), *text;
    const tokex_json_t *node;

    if (word->value[0] == '[') {
        node = parse(word);
        if (node && tokex_json_type(node) == TOKEX_JSON_ARRAY) {
            push_all(list, node, word->ctl->pool);
            return true;
        }
        refuse(word, "Write texts between commas, or a JSON list of texts.",
               "this is no JSON list");
        return false;
    }
    while ((text = strsep(&rest, ",")))
        push(list, draft_quote(text, word->ctl->pool));
    return true;
}

/* Keys as somebody got them, in a file: a certificate, a public key, a JWK, a JWK Set. */
static bool read_keys(const word_t *word, apr_array_header_t *list)
{
    const ctl_t *ctl = word->ctl;
    const tokex_issuer_key_t *keys;
    int count, i;

    if (!tokex_normalise_keys(&keys, &count, word->place->id, word->value, strlen(word->value),
                              ctl->now, ctl->crypt, word->faults, ctl->pool, ctl->pool))
        return false;
    for (i = 0; i < count; i++)
        push(list, keys[i].jwk
                       ? apr_pstrcat(ctl->pool, "{\"jwk\":", keys[i].jwk, "}", NULL)
                       : apr_pstrcat(ctl->pool, "{\"pem\":", draft_quote(keys[i].pem, ctl->pool),
                                     "}", NULL));
    return true;
}

static bool read_objects(word_t *word, apr_array_header_t *list)
{
    bool file = word->value[0] == '@';
    const tokex_json_t *node;

    if (!read_value(word))
        return false;
    if (file && strcmp(word->field->object->noun, "key") == 0)
        return read_keys(word, list);
    node = parse(word);
    if (node && tokex_json_type(node) == TOKEX_JSON_ARRAY) {
        push_all(list, node, word->ctl->pool);
        return true;
    }
    if (node && tokex_json_type(node) == TOKEX_JSON_OBJECT) {
        push(list, draft_json(node, word->ctl->pool));
        return true;
    }
    refuse(word, problem_remedy(word, "Write JSON, or @FILE for what is in a file."),
           "an object or a list of objects is needed");
    return false;
}

int member_find(const apr_array_header_t *list, const char *key, const char *name, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < list->nelts; i++) {
        const char *place = apr_psprintf(pool, "#%d", i + 1), *own = NULL;
        draft_t *element;

        if (key && !draft_read(&element, APR_ARRAY_IDX(list, i, const char *), pool))
            own = draft_string(element, key);
        if (strcmp(name, own ? own : place) == 0)
            return i;
    }
    return -1;
}

static int find_text(const apr_array_header_t *list, const char *json)
{
    int i;

    for (i = 0; i < list->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(list, i, const char *), json) == 0)
            return i;
    return -1;
}

void member_remove_at(apr_array_header_t *list, int place)
{
    const char **elements = (const char **)list->elts;

    list->nelts--;
    memmove(&elements[place], &elements[place + 1],
            sizeof *elements * (apr_size_t)(list->nelts - place));
}

static void take_one(const word_t *word, apr_array_header_t *list, const char *value, int place)
{
    word_t one = *word;

    one.value = value;
    if (place >= 0)
        member_remove_at(list, place);
    else
        refuse(&one, "Look at the object with `show`.", "there is no such value to take away");
}

/* For people: the text that `json` is, or `json`. */
static const char *plain(const char *json, apr_pool_t *pool)
{
    const tokex_json_t *node;
    const char *text =
        tokex_json_parse(&node, json, strlen(json), pool) ? NULL : tokex_json_string(node);

    return text ? text : json;
}

static void take(const word_t *word, apr_array_header_t *list)
{
    apr_pool_t *pool = word->ctl->pool;
    apr_array_header_t *gone = apr_array_make(pool, 4, sizeof(const char *));
    const tokex_field_t *identity;
    int i;

    if (word->field->kind == TOKEX_FIELD_OBJECTS) {
        identity = tokex_fields_identity(word->field->object);
        take_one(word, list, word->value,
                 member_find(list, identity ? identity->name : NULL, word->value, pool));
        return;
    }
    if (!read_texts(word, gone))
        return;
    for (i = 0; i < gone->nelts; i++) {
        const char *json = APR_ARRAY_IDX(gone, i, const char *);

        take_one(word, list, plain(json, pool), find_text(list, json));
    }
}

/* The list as it is: the default where the member is not there. */
static apr_array_header_t *present_list(const word_t *word)
{
    apr_array_header_t *list = draft_list(word->draft, word->name);
    char *rest, *text;

    if (draft_get(word->draft, word->name) || !word->field->default_text)
        return list;
    rest = apr_pstrdup(word->ctl->pool, word->field->default_text);
    while ((text = strsep(&rest, " ")))
        push(list, draft_quote(text, word->ctl->pool));
    return list;
}

static void change_list(word_t *word)
{
    apr_array_header_t *list = word->verb == SET
                                   ? apr_array_make(word->ctl->pool, 8, sizeof(const char *))
                                   : present_list(word);

    if (word->verb == TAKE)
        take(word, list);
    else if (word->field->kind == TOKEX_FIELD_TEXTS ? !read_texts(word, list)
                                                    : !read_objects(word, list))
        return;
    draft_put_list(word->draft, word->name, list);
}

/* ---- Words */

static void change_value(word_t *word)
{
    const char *json;

    if (word->field->kind == TOKEX_FIELD_BOOL)
        json = bool_json(word);
    else if (word->field->kind == TOKEX_FIELD_INTEGER)
        json = integer_json(word);
    else if (word->field->kind == TOKEX_FIELD_JSON)
        json = json_json(word);
    else
        json = text_json(word);
    if (json)
        draft_put(word->draft, word->name, json);
}

static bool is_list(const tokex_field_t *field)
{
    return field->kind == TOKEX_FIELD_TEXTS || field->kind == TOKEX_FIELD_OBJECTS;
}

static void apply(word_t *word)
{
    if (!word->field)
        draft_put(word->draft, word->name, "\"\"");
    else if (word->place->fixed && strcmp(word->name, word->place->fixed) == 0)
        refuse(word, "Add another object under that name, and remove this one.",
               "what an object is called cannot be changed");
    else if (word->verb == SET && !*word->value)
        draft_put(word->draft, word->name, NULL);
    else if (is_list(word->field))
        change_list(word);
    else if (word->verb == SET)
        change_value(word);
    else
        refuse(word, "Write MEMBER=VALUE.", "it is no list, so nothing is added or taken away");
}

static bool split(word_t *word, const char *text)
{
    const char *equals = strchr(text, '='), *end = equals;

    if (!equals || equals == text || !tokex_json_is_utf8(text, strlen(text)))
        return false;
    word->verb = SET;
    if (equals[-1] == '+' || equals[-1] == '-') {
        word->verb = equals[-1] == '+' ? ADD : TAKE;
        end--;
    }
    word->name = apr_pstrmemdup(word->ctl->pool, text, (apr_size_t)(end - text));
    word->value = equals + 1;
    word->field = member_field(word->place->desc, word->name);
    return end > text;
}

bool member_apply(draft_t *draft, const member_place_t *place, const char *const *words, int count,
                  tokex_faults_t *faults, const ctl_t *ctl)
{
    int i;

    for (i = 0; i < count; i++) {
        word_t word = {.draft = draft, .place = place, .faults = faults, .ctl = ctl};

        if (!split(&word, words[i])) {
            ctl_say(CTL_USAGE,
                    "%s: say MEMBER=VALUE, MEMBER= for its default, MEMBER+=VALUE or "
                    "MEMBER-=VALUE for a list, in UTF-8",
                    words[i]);
            return false;
        }
        apply(&word);
    }
    return true;
}
