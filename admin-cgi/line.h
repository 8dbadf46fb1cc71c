/* Fields of forms that no object of the configuration describes. */
#ifndef ADMIN_LINE_H
#define ADMIN_LINE_H

#include "admin.h"

typedef struct admin_line_t {
    const char *name;
    const char *label;
    const char *hint;    /* NULL: none */
    const char *value;   /* NULL: empty */
    const char *problem; /* with what was written, for people; NULL: none */
    int rows;            /* of a text with line ends; 0: it is one line */
} admin_line_t;

/* Writes label, hint, problem and control. */
void admin_put_line(admin_t *a, const admin_line_t *line);

/* Writes a line of a filter, with what the query has. */
void admin_put_filter(admin_t *a, const char *name, const char *label);

/* Writes a box to tick. */
void admin_put_tick(admin_t *a, const char *name, const char *label, bool ticked);

/* Writes the summary of what is wrong, each linked to its field, and makes the page a failed one;
 * nothing when nothing is. */
void admin_put_problems(admin_t *a, const admin_line_t *lines, int count);

#endif
