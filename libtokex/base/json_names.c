#include "base/json_names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Up to here comparing each with each is quicker than sorting. */
#define PAIRWISE_MAX 32

void tokex_json_names_init(tokex_json_names_t *names, apr_pool_t *pool)
{
    names->pool = pool;
    names->items = names->first;
    names->count = 0;
    names->room = TOKEX_JSON_NAMES_FIRST;
}

void tokex_json_names_push(tokex_json_names_t *names, const char *text, apr_size_t len,
                           apr_size_t offset)
{
    if (names->count == names->room) {
        tokex_json_name_t *items = apr_palloc(names->pool, names->room * 2 * sizeof(*items));
        memcpy(items, names->items, names->count * sizeof(*items));
        names->items = items;
        names->room *= 2;
    }
    names->items[names->count].text = text;
    names->items[names->count].len = len;
    names->items[names->count].offset = offset;
    names->count++;
}

static int compare(const void *left, const void *right)
{
    const tokex_json_name_t *a = left;
    const tokex_json_name_t *b = right;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return memcmp(a->text, b->text, a->len);
}

static const tokex_json_name_t *later(const tokex_json_name_t *a, const tokex_json_name_t *b)
{
    return a->offset > b->offset ? a : b;
}

static const tokex_json_name_t *find_by_pairs(const tokex_json_name_t *items, apr_size_t count)
{
    for (apr_size_t i = 1; i < count; i++)
        for (apr_size_t j = 0; j < i; j++)
            if (items[i].len == items[j].len &&
                memcmp(items[i].text, items[j].text, items[i].len) == 0)
                return &items[i];
    return NULL;
}

static const tokex_json_name_t *find_by_sorting(tokex_json_name_t *items, apr_size_t count)
{
    qsort(items, count, sizeof(*items), compare);
    for (apr_size_t i = 1; i < count; i++)
        if (compare(&items[i - 1], &items[i]) == 0)
            return later(&items[i - 1], &items[i]);
    return NULL;
}

const tokex_json_name_t *tokex_json_names_close(tokex_json_names_t *names, apr_size_t base)
{
    tokex_json_name_t *items = names->items + base;
    apr_size_t count = names->count - base;
    names->count = base;
    return count <= PAIRWISE_MAX ? find_by_pairs(items, count) : find_by_sorting(items, count);
}

static uint32_t read_hex(const char *p)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static char *append_utf8(char *out, uint32_t point)
{
    if (point < 0x80) {
        *out++ = (char)point;
        return out;
    }
    if (point < 0x800) {
        *out++ = (char)(0xC0 | point >> 6);
    } else {
        if (point < 0x10000) {
            *out++ = (char)(0xE0 | point >> 12);
        } else {
            *out++ = (char)(0xF0 | point >> 18);
            *out++ = (char)(0x80 | (point >> 12 & 0x3F));
        }
        *out++ = (char)(0x80 | (point >> 6 & 0x3F));
    }
    *out++ = (char)(0x80 | (point & 0x3F));
    return out;
}

static char short_escape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

apr_size_t tokex_json_names_unescape(char *out, const char *in, apr_size_t len)
{
    const char *end = in + len;
    char *o = out;
    while (in < end) {
        if (*in != '\\') {
            *o++ = *in++;
        } else if (in[1] != 'u') {
            *o++ = short_escape(in[1]);
            in += 2;
        } else {
            uint32_t point = read_hex(in + 2);
            in += 6;
            if (point >= 0xD800 && point < 0xDC00) {
                point = 0x10000 + ((point - 0xD800) << 10) + (read_hex(in + 2) - 0xDC00);
                in += 6;
            }
            o = append_utf8(o, point);
        }
    }
    return (apr_size_t)(o - out);
}
