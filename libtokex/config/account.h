/*
 * Local accounts as plain data: what a store keeps, what an exchange asks for, what it is told.
 * Texts are UTF-8 and compared octet by octet; times are seconds since 1970.
 */
#ifndef TOKEX_CONFIG_ACCOUNT_H
#define TOKEX_CONFIG_ACCOUNT_H

#include "base/json.h"
#include "config/config.h"

/* Every account's id begins so, and no subject of a foreign issuer may: tokens for accounts have
 * the id as `sub`. */
#define TOKEX_ACCOUNT_PREFIX "tokex-account:"

/* What is between that prefix and the site's own id where the site keeps the accounts: in its
 * database, in its directory. An id of our own has no colon there. */
#define TOKEX_ACCOUNT_SQL "sql"
#define TOKEX_ACCOUNT_LDAP "ldap"
/* Octets of a site's own id, at most. */
#define TOKEX_ACCOUNT_OWN_ID_MAX 255

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
    TOKEX_ACCOUNT_LINKED,    /* or named by its id */
    TOKEX_ACCOUNT_FOUND,     /* by a key; there is no link so far */
    TOKEX_ACCOUNT_AMBIGUOUS, /* a key finds several; later keys were not asked */
    TOKEX_ACCOUNT_GONE       /* there is a link, to an account that is not there, or that another
                                source keeps than the one that is asked */
} tokex_account_match_t;

typedef struct tokex_account_answer_t {
    tokex_account_match_t match;
    const tokex_account_t *account; /* LINKED and FOUND */
    const char *attribute;          /* FOUND and AMBIGUOUS: of the key */
    const char *gone;               /* GONE: the id that the link has */
    int64_t until; /* seconds: from then on it must be asked again; 0: until something changes */
} tokex_account_answer_t;

/* A subject and the account that it is. */
typedef struct tokex_account_link_t {
    const char *issuer; /* id */
    const char *sub;
    const char *account;  /* id */
    const char *username; /* of the account; NULL where a link is made, and where the site keeps
                             the account */
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

/* The id here of the account that the site calls `own`, 1 to TOKEX_ACCOUNT_OWN_ID_MAX octets;
 * `source` is TOKEX_ACCOUNT_SQL or TOKEX_ACCOUNT_LDAP. Two accounts have two ids: what is not
 * unreserved (RFC 3986 section 2.3) stands there as %XX. */
const char *tokex_account_site_id(const char *source, const char *own, apr_pool_t *pool);

/* What the site calls the account `id`; NULL: it is none of `source`, or not written as above. */
const char *tokex_account_site_own(const char *source, const char *id, apr_pool_t *pool);

/* Is `id` that of an account that the site keeps, in whatever source? */
bool tokex_account_is_site(const char *id);

/* Writes it as an object with all of its members. */
void tokex_account_write(tokex_jsonw_t *w, const tokex_account_t *account);

/* The same account, all of it in `pool`. */
const tokex_account_t *tokex_account_copy(const tokex_account_t *account, apr_pool_t *pool);

#endif
