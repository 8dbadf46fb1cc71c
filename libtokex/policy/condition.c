#include "policy/condition.h"

#include <string.h>

#define BLANKS " \t\r\n"

/* The character behind the one at `text`, which is not the end: in UTF-8 the octets 10xxxxxx go on
 * with one that has begun. */
static const char *behind(const char *text)
{
    text++;
    while (((unsigned char)*text & 0xC0u) == 0x80u)
        text++;
    return text;
}

static bool one_may_be(char c, bool across)
{
    return c && (c != '/' || across);
}

/* Only the last star is ever tried again: what an earlier one could take more of, the last one
 * could take too, and where neither may pass a slash, the slashes of both texts must meet. So the
 * work is at most the product of both lengths. */
bool tokex_condition_glob(const char *pattern, const char *text, bool across)
{
    const char *star = NULL;  /* behind the last star */
    const char *taken = NULL; /* as far as that star reaches */
    while (*text || *pattern) {
        if (*pattern == '*') {
            star = ++pattern;
            taken = text;
        } else if (*pattern == '?' && one_may_be(*text, across)) {
            pattern++;
            text = behind(text);
        } else if (*pattern && *pattern != '?' && *pattern == *text) {
            pattern++;
            text++;
        } else if (star && one_may_be(*taken, across)) {
            taken = behind(taken);
            text = taken;
            pattern = star;
        } else {
            return false;
        }
    }
    return true;
}

static bool fits_one(const tokex_texts_t *values, const char *text)
{
    for (int i = 0; i < values->count; i++)
        if (values->items[i] && strcmp(values->items[i], text) == 0)
            return true;
    return false;
}

static bool fits_pattern(const tokex_texts_t *values, const char *text, bool across)
{
    for (int i = 0; i < values->count; i++)
        if (values->items[i] && tokex_condition_glob(values->items[i], text, across))
            return true;
    return false;
}

/* A value with a blank in it is no word, but may be the whole text. */
static bool text_holds(const char *text, const char *value)
{
    apr_size_t len = strlen(value);
    if (strcmp(text, value) == 0)
        return true;
    for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
        apr_size_t word = strcspn(text, BLANKS);
        if (word == len && memcmp(text, value, len) == 0)
            return true;
        text += word;
    }
    return false;
}

static bool list_holds(const tokex_json_t *list, const char *value)
{
    for (list = tokex_json_first(list); list; list = tokex_json_next(list))
        if (strcmp(tokex_json_string(list), value) == 0)
            return true;
    return false;
}

static bool is_list_of_texts(const tokex_json_t *node)
{
    if (tokex_json_type(node) != TOKEX_JSON_ARRAY)
        return false;
    for (node = tokex_json_first(node); node; node = tokex_json_next(node))
        if (!tokex_json_string(node))
            return false;
    return true;
}

/* How many of the values the claim holds; -1 for a claim that holds no texts. */
static int count_held(const tokex_texts_t *values, const tokex_json_t *node)
{
    const char *text = tokex_json_string(node);
    int held = 0;
    if (!text && !is_list_of_texts(node))
        return -1;
    for (int i = 0; i < values->count; i++)
        if (values->items[i])
            held += text ? text_holds(text, values->items[i]) : list_holds(node, values->items[i]);
    return held;
}

static bool members_hold(const tokex_policy_condition_t *condition, const tokex_json_t *node)
{
    int held;
    if (!node)
        return condition->test == TOKEX_TEST_NONE_OF;
    held = count_held(&condition->config->values, node);
    if (condition->test == TOKEX_TEST_ALL_OF)
        return held == condition->config->values.count;
    return condition->test == TOKEX_TEST_NONE_OF ? held == 0 : held > 0;
}

static bool is_same(const tokex_policy_condition_t *condition, const char *text,
                    const tokex_json_t *claims)
{
    for (int i = 0; i < condition->config->values.count; i++) {
        const char *other = tokex_json_string(tokex_path_get(&condition->others[i], claims));
        if (other && strcmp(other, text) == 0)
            return true;
    }
    return false;
}

bool tokex_condition_holds(const tokex_policy_condition_t *condition, const tokex_json_t *claims)
{
    const tokex_json_t *node = tokex_path_get(&condition->path, claims);
    const char *text = tokex_json_string(node);
    switch (condition->test) {
    case TOKEX_TEST_IS:
    case TOKEX_TEST_ONE_OF:
        return text && fits_one(&condition->config->values, text);
    case TOKEX_TEST_GLOB:
        return text && fits_pattern(&condition->config->values, text, false);
    case TOKEX_TEST_GLOB_PATH:
        return text && fits_pattern(&condition->config->values, text, true);
    case TOKEX_TEST_ANY_OF:
    case TOKEX_TEST_ALL_OF:
    case TOKEX_TEST_NONE_OF:
        return members_hold(condition, node);
    case TOKEX_TEST_SAME_AS:
        return text && is_same(condition, text, claims);
    }
    return false;
}

const tokex_policy_condition_t *tokex_condition_first(const tokex_policy_condition_t *conditions,
                                                      int count, const tokex_json_t *claims,
                                                      bool holds)
{
    for (int i = 0; i < count; i++)
        if (tokex_condition_holds(&conditions[i], claims) == holds)
            return &conditions[i];
    return NULL;
}
