#include "config/nearest.h"

#include <string.h>

#define LONGEST 64

static int least(int a, int b, int c)
{
    int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's distance, one row of the table at a time. `b` is not longer than LONGEST. */
static int distance(const char *a, const char *b)
{
    int row[LONGEST + 1];
    int width = (int)strlen(b);
    for (int j = 0; j <= width; j++)
        row[j] = j;
    for (int i = 1; *a; i++, a++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= width; j++) {
            int changed = diagonal + (*a != b[j - 1]);
            diagonal = row[j];
            row[j] = least(row[j] + 1, row[j - 1] + 1, changed);
        }
    }
    return row[width];
}

tokex_nearest_t tokex_nearest_begin(const char *name)
{
    int len = (int)strnlen(name, LONGEST + 1);
    return (tokex_nearest_t){name, len, len / 3 > 2 ? len / 3 : 2, NULL};
}

void tokex_nearest_offer(tokex_nearest_t *search, const char *known)
{
    int len = known ? (int)strnlen(known, LONGEST + 1) : 0;
    int far;
    if (!known || search->len > LONGEST || len > search->len + search->best ||
        search->len > len + search->best)
        return;
    far = distance(known, search->name);
    /* A name of which nothing is left is not meant. */
    if (far < len && (search->nearest ? far < search->best : far <= search->best)) {
        search->nearest = known;
        search->best = far;
    }
}

const char *tokex_nearest_name(const tokex_object_desc_t *desc, const char *extra, const char *name)
{
    tokex_nearest_t search = tokex_nearest_begin(name);
    for (int i = 0; i < desc->field_count; i++)
        tokex_nearest_offer(&search, desc->fields[i].name);
    tokex_nearest_offer(&search, extra);
    return search.nearest;
}
