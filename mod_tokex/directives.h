/*
 * What the administrator wrote: the directives of one server or virtual host, and what the running
 * process keeps beside them.
 */
#ifndef MOD_TOKEX_DIRECTIVES_H
#define MOD_TOKEX_DIRECTIVES_H

#include <httpd.h>
#include <http_config.h>

#include "account_asker.h"
#include "account_source.h"
#include "asker.h"
#include "audit.h"
#include "key_refresh.h"
#include "last_good.h"
#include "limiter.h"
#include "live.h"
#include "location.h"
#include "refresh_book.h"
#include "revocation_follow.h"

/* Of activity.c. */
typedef struct tokex_activity_t tokex_activity_t;

/* The value of a directive with its place in the configuration files. */
typedef struct tokex_directive_t {
    const char *value; /* NULL: not given here */
    const char *file;
    int line;
} tokex_directive_t;

typedef struct tokex_conf_t {
    tokex_directive_t issuer;     /* "": switched off here */
    tokex_directive_t directory;  /* absolute */
    tokex_directive_t master_key; /* absolute */
    tokex_directive_t tenant;
    tokex_directive_t server_id;
    tokex_directive_t audit_log;     /* absolute, or "|program"; "": switched off here */
    tokex_directive_t fetch_allow;   /* as written, joined by blanks; "": none */
    apr_array_header_t *fetch_nets;  /* the same: apr_ipsubnet_t *; NULL: none */
    tokex_directive_t fetch_ca_file; /* absolute; "": the system's */
    tokex_directive_t fetch_proxy;   /* "": none */
    tokex_directive_t audit_cached;  /* "": off */
    tokex_directive_t account_ttl;   /* seconds */
    apr_array_header_t *reserved;    /* headers that are ours to set (backend.c); NULL: none */
    apr_array_header_t *dirs;        /* const tokex_dir_t *: of its own sections; NULL: none */
    /* Where accounts are; NULL: in state.db. */
    tokex_account_source_t *account_source;

    /* Set by the parent, inherited by its children. */
    tokex_audit_t *audit;             /* NULL: none */
    bool asks;                        /* an issuer said at the start whom to ask for what */
    const tokex_master_key_t *master; /* wiped when the configuration goes */
    tokex_last_good_t *saver;
    const apr_array_header_t *sections; /* tokex_section_t: what is protected; never NULL */

    /* Set by each child before it serves, never changed afterwards. */
    tokex_limiter_t *limiter;
    tokex_live_t *live;                     /* NULL: nothing can be loaded here */
    const tokex_activity_t *activity;       /* where decisions go; NULL: nowhere */
    tokex_key_refresh_t *keys;              /* of issuers, fetched; NULL: none */
    tokex_revocation_follow_t *revocations; /* what is taken back; NULL: nothing can be */
    tokex_asker_t *asker;                   /* asks issuers about tokens; NULL: nobody does */
    tokex_accounts_t *accounts;             /* local ones; NULL: none can be asked for */
    tokex_account_asker_t *account_asker;   /* those that the site keeps; NULL: it keeps none */
    tokex_spent_book_t *spent;              /* tokens that count once; NULL: none is accepted */
    tokex_refresh_book_t *refreshes;        /* refresh tokens; NULL: there are none */
    const char *metadata;                   /* RFC 8414 document */
    const char *root_oauth;                 /* its two addresses at the root of the host */
    const char *root_openid;
} tokex_conf_t;

extern const command_rec tokex_directives_table[];

void *tokex_directives_create(apr_pool_t *pool, server_rec *s);
/* Field by field: what `add` does not say, `base` says. */
void *tokex_directives_merge(apr_pool_t *pool, void *base, void *add);

/* What each command does with a good argument: keeps it, and where it stands, in the field at
 * cmd->info. Returns NULL. */
const char *tokex_directives_keep(cmd_parms *cmd, const char *value);

/* That of a virtual host, switched on or not. */
tokex_conf_t *tokex_directives_server_conf(const server_rec *s);

/* The configuration of a virtual host; NULL where TokexIssuer does not switch it on. */
tokex_conf_t *tokex_directives_of(const server_rec *s);

/* The values in force, defaults filled in. In `pool` where they have to be made. */
const char *tokex_directives_directory(const tokex_conf_t *conf);
const char *tokex_directives_master_key(const tokex_conf_t *conf, apr_pool_t *pool);
const char *tokex_directives_config_db(const tokex_conf_t *conf, apr_pool_t *pool);
const char *tokex_directives_state_db(const tokex_conf_t *conf, apr_pool_t *pool);
const char *tokex_directives_last_good(const tokex_conf_t *conf, apr_pool_t *pool);
const char *tokex_directives_tenant(const tokex_conf_t *conf);
const char *tokex_directives_server_id(const tokex_conf_t *conf);
tokex_server_t tokex_directives_server(const tokex_conf_t *conf);
/* TokexExchange outside of every section. */
bool tokex_directives_exchange(const server_rec *s);
/* The path of the issuer URL: "" or "/sts". */
const char *tokex_directives_issuer_path(const tokex_conf_t *conf);

/* Is `host` this machine, so that http:// to it is as good as https://? */
bool tokex_directives_is_loopback(const char *host);

/* Do both serve the same thing, so that one loading does for both? */
bool tokex_directives_same(const tokex_conf_t *a, const tokex_conf_t *b, apr_pool_t *pool);

#endif
