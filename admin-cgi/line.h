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
    bool is_url;         /* of that line */
} admin_line_t;

/* Copies the lines of a form and fills in what `input` has of them. */
void admin_read_lines(admin_line_t *lines, const admin_line_t *blank, int count,
                      const admin_input_t *input);

/* The same words with a capital, as they stand alone: behind a label they have none. A name at
 * their beginning stays as it is. */
const char *admin_sentence(const char *words, apr_pool_t *pool);

/* Writes label, hint, problem and control. */
void admin_put_line(admin_t *a, const admin_line_t *line);

/* Writes a line of a filter, with what the query has. */
void admin_put_filter(admin_t *a, const char *name, const char *label);

/* Writes a box to tick. */
void admin_put_tick(admin_t *a, const char *name, const char *label, bool ticked);

/* Writes the head of the summary of what is wrong, in which elements of a list follow, and makes
 * the page a failed one; and its foot. */
void admin_begin_problems(admin_t *a);
void admin_end_problems(admin_t *a);

/* Writes the summary of what is wrong with lines, each linked to its field; nothing when nothing
 * is. */
void admin_put_problems(admin_t *a, const admin_line_t *lines, int count);

#endif
