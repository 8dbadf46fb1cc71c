/* What the files of `tokexctl try` share. */
#ifndef TOKEXCTL_TRY_H
#define TOKEXCTL_TRY_H

#include "try_read.h"

/* The report and what it was made with. */
typedef struct try_answer_t {
    const tokex_world_t *world;
    const tokex_try_report_t *report;
    int64_t now;
} try_answer_t;

/* The report as JSON, in one line unless `pretty`. */
const char *try_json(const try_answer_t *answer, bool pretty, apr_pool_t *pool);

/* Prints the report for people. */
void try_print(const try_answer_t *answer, apr_pool_t *pool);

/* Answers questions, a line of JSON each on standard input, with a line of JSON each. */
int try_batch(const ctl_t *ctl);

#endif
