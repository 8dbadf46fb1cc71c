/* A table for people: columns as wide as what is in them. */
#ifndef TOKEXCTL_TABLE_H
#define TOKEXCTL_TABLE_H

#include <stdio.h>

#include <stddef.h>

#include <apr_pools.h>

typedef struct table_t table_t;

/* An empty one; cells go into its first row. */
table_t *table_create(apr_pool_t *pool);
/* One with these headings. */
table_t *table_with(const char *const *headings, size_t count, apr_pool_t *pool);

/* Begins a new row. */
void table_row(table_t *table);

/* Adds a cell, with control characters shown as `?`; NULL and "" are shown as "-". */
void table_cell(table_t *table, const char *text);

/* The same for the name of a member as a heading: capitals, blanks for `_`. */
void table_heading(table_t *table, const char *name);

void table_print(const table_t *table, FILE *out);

#endif
