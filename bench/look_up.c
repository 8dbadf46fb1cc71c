/*
 * How long it takes to find one of many local accounts, without the exchange around it.
 *
 *   look_up STATE_DB ACCOUNTS ROUNDS
 *
 * The accounts are called as bench/run accounts calls them. Prints microseconds of CPU a look-up,
 * as JSON: by the link, by an address and by a unique attribute where there is no link, and of a
 * subject that has no account.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "base/json.h"
#include "store/account_store.h"
#include "store/db_sqlite.h"

typedef enum way_t { BY_LINK, BY_EMAIL, BY_ATTRIBUTE, BY_NOTHING, WAYS } way_t;

static const char *const names[WAYS] = {"link", "email", "attribute", "nothing"};

typedef struct errand_t {
    tokex_db_t *db;
    long accounts;
    long rounds;
    apr_pool_t *pool;
} errand_t;

/* Nothing here is secret: what matters is that neighbours are not asked for one after the other. */
static long next_account(unsigned int *seed, long accounts)
{
    *seed = *seed * 1103515245u + 12345u;
    return (long)((*seed >> 4) % (unsigned long)accounts);
}

static tokex_account_question_t question_of(way_t way, long i, apr_pool_t *pool)
{
    tokex_account_question_t question = {.issuer = "idp", .sub = "stranger", .needed = true};

    switch (way) {
    case BY_LINK:
        question.sub = apr_psprintf(pool, "user-%07ld", i);
        break;
    case BY_EMAIL:
        question.keys[question.key_count++] =
            (tokex_account_key_t){"email", apr_psprintf(pool, "user-%07ld@home.example", i)};
        break;
    case BY_ATTRIBUTE:
        question.keys[question.key_count++] =
            (tokex_account_key_t){"badge", apr_psprintf(pool, "%ld", i)};
        break;
    default:
        break;
    }
    return question;
}

static const tokex_err_t *look_up(const errand_t *errand, way_t way, long i, apr_pool_t *pool)
{
    static const tokex_account_match_t wanted[WAYS] = {TOKEX_ACCOUNT_LINKED, TOKEX_ACCOUNT_FOUND,
                                                       TOKEX_ACCOUNT_FOUND, TOKEX_ACCOUNT_NONE};
    const tokex_account_question_t question = question_of(way, i, pool);
    tokex_account_answer_t answer;

    TOKEX_RETURN_ERR(tokex_account_store_answer(&answer, errand->db, &question, pool));
    if (answer.match != wanted[way])
        return tokex_err_create(pool, TOKEX_E_INTERNAL, NULL, "account %ld by %s: match %d", i,
                                names[way], (int)answer.match);
    return NULL;
}

static const tokex_err_t *measure(double *us, const errand_t *errand, way_t way)
{
    unsigned int seed = 1;
    apr_pool_t *each;
    clock_t from = 0;
    long i;

    apr_pool_create(&each, errand->pool);
    /* What is measured is not the first look at a database. */
    for (i = -errand->rounds / 4; i < errand->rounds; i++) {
        if (i == 0)
            from = clock();
        TOKEX_RETURN_ERR(look_up(errand, way, next_account(&seed, errand->accounts), each));
        apr_pool_clear(each);
    }
    *us = 1e6 * (double)(clock() - from) / CLOCKS_PER_SEC / (double)errand->rounds;
    return NULL;
}

static const tokex_err_t *run(errand_t *errand, const char *path)
{
    const char *comma = "{";
    double us;
    way_t way;

    TOKEX_RETURN_ERR(
        tokex_db_open(&errand->db, path, TOKEX_DB_STATE, TOKEX_DB_PEEK, false, errand->pool));
    TOKEX_RETURN_ERR(tokex_db_widen(errand->db, errand->pool));
    for (way = BY_LINK; way < WAYS; way++) {
        TOKEX_RETURN_ERR(measure(&us, errand, way));
        printf("%s\"%s\":%.1f", comma, names[way], us);
        comma = ",";
    }
    printf("}\n");
    return NULL;
}

int main(int argc, char **argv)
{
    const tokex_err_t *err;
    errand_t errand = {0};

    if (argc != 4 || apr_initialize() != APR_SUCCESS ||
        apr_pool_create(&errand.pool, NULL) != APR_SUCCESS)
        return 2;
    errand.accounts = strtol(argv[2], NULL, 10);
    errand.rounds = strtol(argv[3], NULL, 10);
    if (errand.accounts < 1 || errand.rounds < 4)
        return 2;
    err = run(&errand, argv[1]);
    if (err)
        fprintf(stderr, "look_up: %s\n", tokex_err_text(err, errand.pool));
    return err != NULL;
}
