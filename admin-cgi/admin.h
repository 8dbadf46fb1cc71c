/*
 * One request of the console, from its environment to the page: what every file of it shares.
 *
 *   main: who asks -> guard: may he, and is it in order -> a page of the route table -> layout ->
 * out
 *
 * A page gets a request that the guard has passed, and writes what stands between head and foot.
 * Nothing is sent before it is whole.
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "conf.h"
#include "crypt/seal.h"
#include "display.h"
#include "html.h"
#include "input.h"
#include "store/db_sqlite.h"

typedef struct admin_route_t admin_route_t;

/* What httpd learns of a user who logs in is named like that; what a client sends never is. */
#define ADMIN_LOGIN_PREFIX "AUTHENTICATE_"

/* What httpd says of the request (RFC 3875). Texts are NULL where it says nothing. */
typedef struct admin_request_t {
    const char *method;
    const char *script; /* SCRIPT_NAME: what our paths stand behind; never NULL */
    const char *path;   /* PATH_INFO, "/" where there is none */
    const char *query;
    const char *user;         /* REMOTE_USER */
    const apr_table_t *login; /* AUTHENTICATE_*, what httpd's login learnt of that user */
    const char *address;
    const char *server;
    const char *content_type;
    const char *content_length;
    const char *origin;
    const char *fetch_site; /* Sec-Fetch-Site */
    const char *cookie;
    bool https;
} admin_request_t;

/* What goes back. */
typedef struct admin_reply_t {
    int status;
    const char *type;
    const char *location; /* of a redirect: a path of ours */
    const char *allow;
    const char *download; /* name of a file to be kept; NULL: to be looked at */
    const char *cookie;   /* to be set */
    bool keep;            /* may be remembered: what never changes */
    const char *body;
    apr_size_t len;
} admin_reply_t;

/* What one program is, beside what all share; a source of each says it. */
typedef struct admin_program_t {
    const char *name;            /* in the log */
    const admin_route_t *routes; /* the last has no method */
    bool own; /* whoever is logged in is there for himself alone: it has no roles */
} admin_program_t;

extern const admin_program_t admin_program;

/* Where a page stands. */
typedef struct admin_place_t {
    const char *title;   /* its one heading */
    const char *section; /* path of the entry of the navigation that it belongs to */
    const char *up;      /* title of a page above it; NULL: none */
    const char *up_path; /* its path, with a query where it has one */
    bool failed;         /* "Error: " stands before the title */
} admin_place_t;

typedef struct admin_t {
    apr_pool_t *pool;
    const admin_conf_t *conf;
    const tokex_crypt_t *crypt;
    const tokex_master_key_t *master; /* read when it is needed */
    const admin_request_t *request;
    const admin_route_t *route;
    admin_role_t role;
    const admin_input_t *query;
    const admin_input_t *form; /* NULL: it is no POST */
    const char *token;         /* of forms; made when it is needed */
    const char *reference;     /* of this request, in the log and on pages that say no */
    int64_t now;               /* seconds */
    tokex_db_t *config;
    tokex_db_t *state;
    admin_display_t display;
    admin_place_t place;
    html_t *html; /* between head and foot */
    admin_reply_t reply;
} admin_t;

/* A page. What it returns is an error of ours, never of the request's: that it answers itself. */
typedef const tokex_err_t *admin_handler_t(admin_t *a);

/* config.db and state.db, opened once: to be read, config.db to be written by a form that changes
 * something. */
const tokex_err_t *admin_open_config(admin_t *a);
const tokex_err_t *admin_open_state(admin_t *a);
const tokex_err_t *admin_open_master(admin_t *a);
/* state.db, to be written: by a form. */
const tokex_err_t *admin_write_state(admin_t *a);

/* Answers with a page that says no: 400, 403, 404, 405, 409, 413, 500, 503. `what` is a sentence or
 * two for people, without anything of the request in it that was not checked. */
const tokex_err_t *admin_refuse(admin_t *a, int status, const char *what);

/* Sends the browser to a path of ours, by GET. */
void admin_redirect(admin_t *a, const char *path);

/* Writes one line into the server's log. */
void admin_log(const admin_t *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* `path` of ours ("/clients") with the query `name` = `value` (may be NULL): for href and action.
 */
const char *admin_url(const admin_t *a, const char *path, const char *name, const char *value);

/* `path` with `name` = `value` behind it, or as it is where `value` is NULL or "". */
const char *admin_query(const char *path, const char *name, const char *value, apr_pool_t *pool);

/* "2026-11-22 04:07:31 UTC"; "" for 0. */
const char *admin_time_text(int64_t time, apr_pool_t *pool);
/* A time as an element, with how long ago it was; nothing for 0. */
void admin_put_time(admin_t *a, int64_t time);
/* "1,204". */
const char *admin_number_text(int64_t number, apr_pool_t *pool);

#endif
