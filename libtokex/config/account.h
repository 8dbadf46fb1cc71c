/*
 * Local accounts as plain data: what a store keeps, what an exchange asks for, what it is told.
 * Texts are UTF-8 and compared octet by octet; times are seconds since 1970.
 */
#ifndef TOKEX_CONFIG_ACCOUNT_H
#define TOKEX_CONFIG_ACCOUNT_H

#include "config/config.h"

/* Every account's id begins so, and no subject of a foreign issuer may: tokens for accounts have
 * the id as `sub`. */
#define TOKEX_ACCOUNT_PREFIX "tokex-account:"

/* What of an account is called so wherever an attribute is named; others are free ones. */
#define TOKEX_ACCOUNT_USERNAME "username"
#define TOKEX_ACCOUNT_EMAIL "email"
#define TOKEX_ACCOUNT_MOBILE "mobile"
/* Not to look for, but to map. */
#define TOKEX_ACCOUNT_ID "id"
#define TOKEX_ACCOUNT_ROLES "roles"

typedef struct tokex_account_attribute_t {
    const char *name;
    const char *value;
    bool unique; /* no other account has it, and it finds this one */
} tokex_account_attribute_t;

typedef struct tokex_account_t {
    const char *id; /* random, never used again */
    const char *username;
    const char *email;  /* NULL: none */
    const char *mobile; /* NULL: none */
    bool active;
    int64_t locked_until; /* not in force from then on; 0: not locked */
    bool privileged;      /* found by a token's attributes only where the issuer may */
    int64_t created;
    tokex_texts_t roles;
    const tokex_account_attribute_t *attributes;
    int attribute_count;
} tokex_account_t;

/* What an account is looked for by. */
typedef struct tokex_account_key_t {
    const char *attribute; /* username, email, mobile or a free one */
    const char *value;
} tokex_account_key_t;

#define TOKEX_ACCOUNT_KEYS 2

typedef struct tokex_account_question_t {
    const char *id;     /* the account that a token of ours names; NULL: by the link */
    const char *issuer; /* id of the issuer that the subject is from */
    const char *sub;
    tokex_account_key_t keys[TOKEX_ACCOUNT_KEYS]; /* asked in order where there is no link */
    int key_count;
    bool needed; /* the answer decides: what cannot be asked is no answer */
} tokex_account_question_t;

typedef enum tokex_account_match_t {
    TOKEX_ACCOUNT_NONE,
    TOKEX_ACCOUNT_LINKED,   /* or named by its id */
    TOKEX_ACCOUNT_FOUND,    /* by a key; there is no link so far */
    TOKEX_ACCOUNT_AMBIGUOUS /* a key finds several; later keys were not asked */
} tokex_account_match_t;

typedef struct tokex_account_answer_t {
    tokex_account_match_t match;
    const tokex_account_t *account; /* LINKED and FOUND */
    const char *attribute;          /* FOUND and AMBIGUOUS: of the key */
} tokex_account_answer_t;

/* A subject and the account that it is. */
typedef struct tokex_account_link_t {
    const char *issuer; /* id */
    const char *sub;
    const char *account;  /* id */
    const char *username; /* of the account; NULL where a link is made */
    int64_t made;
    const char *how; /* implicit, own, admin */
    const char *who; /* the administrator; "" where nobody is to be named */
} tokex_account_link_t;

/* That a link was removed. */
typedef struct tokex_account_unlink_t {
    const char *issuer;
    const char *sub;
    const char *account;
    int64_t removed;
    const char *how; /* own, admin */
    const char *who;
    const char *reason; /* "" for a user's own */
} tokex_account_unlink_t;

/* The same account, all of it in `pool`. */
const tokex_account_t *tokex_account_copy(const tokex_account_t *account, apr_pool_t *pool);

#endif
