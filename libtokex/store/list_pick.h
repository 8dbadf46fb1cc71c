/* Which rows of a list are shown, and in which order. */
#ifndef TOKEX_STORE_LIST_PICK_H
#define TOKEX_STORE_LIST_PICK_H

#include "store/list_store.h"

typedef struct tokex_list_pick_t {
    const char *word;  /* in any of its texts, whatever the case of ASCII letters; NULL: any row */
    apr_hash_t *words; /* more texts by the id of the row (tokex_list_store_words); NULL: none */
    int enabled;       /* of its column `enabled`: 1 and 0; -1: any row */
    int column;        /* to sort by; rows that are the same there are by id */
    bool descends;
} tokex_list_pick_t;

/* The place of a column; -1: there is none of that name. */
int tokex_list_pick_column(const tokex_list_t *list, const char *name);

/* The places of the rows, in `pool`; `*count` of them. */
int *tokex_list_pick(int *count, const tokex_list_t *list, const tokex_list_pick_t *pick,
                     apr_pool_t *pool);

#endif
