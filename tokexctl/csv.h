/* Comma-separated values (RFC 4180), a record at a time. */
#ifndef TOKEXCTL_CSV_H
#define TOKEXCTL_CSV_H

#include <stdbool.h>
#include <stdio.h>

#include <apr_tables.h>

/* Octets of one record, fields of one record. */
#define CSV_RECORD_MAX (64 * 1024)
#define CSV_FIELDS_MAX 128

typedef struct csv_t {
    FILE *in;
    int line; /* that the record that was read last begins in, from 1 */
    int next; /* that the next one does */
    char *text;
} csv_t;

/* `in` is borrowed. */
void csv_begin(csv_t *csv, FILE *in, apr_pool_t *pool);

/*
 * Reads the next record that is not empty into `fields` (const char *), which live until the next
 * call. `*problem` (a literal): it is none, and what comes behind it cannot be told; NULL
 * otherwise. False at the end, and where there is a problem.
 */
bool csv_read(const char **problem, csv_t *csv, apr_array_header_t *fields);

#endif
