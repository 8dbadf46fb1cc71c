#include "config/nearest.h"

#include <string.h>

#define LONGEST 64

static int least(int a, int b, int c)
{
    int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's distance, one row of the table at a time. Neither text is longer than LONGEST. */
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

const char *tokex_nearest_name(const tokex_object_desc_t *desc, const char *extra, const char *name)
{
    const char *nearest = NULL;
    int len = (int)strnlen(name, LONGEST + 1);
    int best = len / 3 > 2 ? len / 3 : 2;
    if (len > LONGEST)
        return NULL;
    for (int i = 0; i <= desc->field_count; i++) {
        const char *known = i < desc->field_count ? desc->fields[i].name : extra;
        int far;
        if (!known)
            continue;
        far = distance(known, name);
        /* A name of which nothing is left is not meant. */
        if (far < (int)strlen(known) && (nearest ? far < best : far <= best)) {
            nearest = known;
            best = far;
        }
    }
    return nearest;
}
