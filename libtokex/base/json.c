#include "base/json.h"

#include <string.h>

#include <cjson/cJSON.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "base/json_gate.h"
#include "base/json_number.h"
#include "base/utf8.h"

static apr_status_t delete_tree(void *root)
{
    cJSON_Delete(root);
    return APR_SUCCESS;
}

/* The text with 0 for every kept number. So cJSON, which cuts long numbers and reads fractions with
 * the locale's decimal point, never sees one that it could misread. */
static const char *blank_kept(const char *text, apr_size_t len, const apr_array_header_t *kept,
                              apr_pool_t *pool)
{
    char *blanked = apr_pmemdup(pool, text, len);
    for (int i = 0; i < kept->nelts; i++) {
        const tokex_json_kept_t *number = &APR_ARRAY_IDX(kept, i, tokex_json_kept_t);
        memset(blanked + number->offset, ' ', number->len);
        blanked[number->offset] = '0';
    }
    return blanked;
}

typedef struct attach_t {
    const char *text;
    const apr_array_header_t *kept;
    int next;
    apr_size_t numbers; /* passed so far */
} attach_t;

/* A number node's valuestring is free for us, and cJSON_Delete() frees it. */
static bool attach_one(attach_t *a, cJSON *node)
{
    const tokex_json_kept_t *number = &APR_ARRAY_IDX(a->kept, a->next, tokex_json_kept_t);
    if (a->numbers++ != number->ordinal)
        return true;
    node->valuestring = cJSON_malloc(number->len + 1);
    if (!node->valuestring)
        return false;
    memcpy(node->valuestring, a->text + number->offset, number->len);
    node->valuestring[number->len] = '\0';
    a->next++;
    return true;
}

/* Recursion and the tree's depth are bounded by the gate. */
static bool attach_kept(attach_t *a, cJSON *node)
{
    for (; node && a->next < a->kept->nelts; node = node->next) {
        if (cJSON_IsNumber(node) && !attach_one(a, node))
            return false;
        if (node->child && !attach_kept(a, node->child))
            return false;
    }
    return true;
}

const tokex_err_t *tokex_json_parse(const tokex_json_t **out, const char *text, apr_size_t len,
                                    apr_pool_t *pool)
{
    const apr_array_header_t *kept;
    const char *tame = text;
    cJSON *root;
    TOKEX_RETURN_ERR(tokex_json_gate_check(&kept, text, len, pool));
    if (kept)
        tame = blank_kept(text, len, kept, pool);
    root = cJSON_ParseWithLengthOpts(tame, len, NULL, 0);
    /* What the gate lets through is JSON to cJSON as well, so all that it can lack is memory. */
    if (!root)
        return tokex_err_create(pool, TOKEX_E_MEMORY, NULL, "no memory for a JSON document");
    apr_pool_cleanup_register(pool, root, delete_tree, apr_pool_cleanup_null);
    if (kept) {
        attach_t attach = {.text = text, .kept = kept};
        if (!attach_kept(&attach, root))
            return tokex_err_create(pool, TOKEX_E_MEMORY, NULL, "no memory for a JSON number");
    }
    *out = root;
    return NULL;
}

const tokex_err_t *tokex_json_parse_object(const tokex_json_t **out, const char *text,
                                           apr_size_t len, apr_pool_t *pool)
{
    const tokex_json_t *root;
    TOKEX_RETURN_ERR(tokex_json_parse(&root, text, len, pool));
    if (!cJSON_IsObject(root))
        return tokex_err_create(pool, TOKEX_E_JSON, NULL, "the top level is not an object");
    *out = root;
    return NULL;
}

tokex_json_type_t tokex_json_type(const tokex_json_t *node)
{
    switch (node->type & 0xFF) {
    case cJSON_True:
    case cJSON_False:
        return TOKEX_JSON_BOOL;
    case cJSON_Number:
        return TOKEX_JSON_NUMBER;
    case cJSON_String:
        return TOKEX_JSON_STRING;
    case cJSON_Array:
        return TOKEX_JSON_ARRAY;
    case cJSON_Object:
        return TOKEX_JSON_OBJECT;
    default:
        return TOKEX_JSON_NULL;
    }
}

const char *tokex_json_name(const tokex_json_t *node)
{
    return node ? node->string : NULL;
}

const tokex_json_t *tokex_json_first(const tokex_json_t *node)
{
    return node ? node->child : NULL;
}

const tokex_json_t *tokex_json_next(const tokex_json_t *node)
{
    return node ? node->next : NULL;
}

apr_size_t tokex_json_count(const tokex_json_t *node)
{
    apr_size_t count = 0;
    for (node = tokex_json_first(node); node; node = node->next)
        count++;
    return count;
}

/* Not cJSON_GetObjectItem(): that one ignores case. */
const tokex_json_t *tokex_json_get(const tokex_json_t *object, const char *name)
{
    const tokex_json_t *member;
    if (!cJSON_IsObject(object))
        return NULL;
    for (member = object->child; member; member = member->next)
        if (strcmp(member->string, name) == 0)
            return member;
    return NULL;
}

const char *tokex_json_string(const tokex_json_t *node)
{
    return cJSON_IsString(node) ? node->valuestring : NULL;
}

bool tokex_json_names(const tokex_json_t *node, const char *text)
{
    if (cJSON_IsString(node))
        return strcmp(node->valuestring, text) == 0;
    if (!cJSON_IsArray(node))
        return false;
    for (node = node->child; node; node = node->next)
        if (cJSON_IsString(node) && strcmp(node->valuestring, text) == 0)
            return true;
    return false;
}

bool tokex_json_is_true(const tokex_json_t *node)
{
    return cJSON_IsTrue(node);
}

const char *tokex_json_number_text(const tokex_json_t *node)
{
    return cJSON_IsNumber(node) ? node->valuestring : NULL;
}

static bool read_number(const tokex_json_t *node, int64_t *out, bool *whole)
{
    if (!cJSON_IsNumber(node))
        return false;
    if (node->valuestring)
        return tokex_json_number_floor(node->valuestring, strlen(node->valuestring), out, whole);
    *out = (int64_t)node->valuedouble;
    *whole = true;
    return true;
}

bool tokex_json_floor(const tokex_json_t *node, int64_t *out)
{
    bool whole;
    return read_number(node, out, &whole);
}

bool tokex_json_integer(const tokex_json_t *node, int64_t *out)
{
    bool whole;
    int64_t value;
    if (!read_number(node, &value, &whole) || !whole)
        return false;
    *out = value;
    return true;
}

bool tokex_json_is_utf8(const char *text, apr_size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    while (len > 0) {
        apr_size_t n;
        while (len > 0 && *p < 0x80) {
            p++;
            len--;
        }
        if (len == 0)
            return true;
        n = tokex_utf8_sequence(p, len);
        if (n == 0)
            return false;
        p += n;
        len -= n;
    }
    return true;
}
