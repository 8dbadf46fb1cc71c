/* The process: one request by the Common Gateway Interface (RFC 3875), then it ends. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "admin.h"
#include "base/json.h"
#include "crypt/random.h"
#include "guard.h"
#include "layout.h"
#include "route.h"

/* Octets of a body that are taken although nobody wants them: what the sample's LimitRequestBody
 * lets through. */
#define DRAIN_MOST (16 * 1024 * 1024)

static const char *reason_of(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 303:
        return "See Other";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 409:
        return "Conflict";
    case 413:
        return "Content Too Large";
    case 422:
        return "Unprocessable Content";
    case 503:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
}

/* ---- Out */

static void print_headers(const admin_t *a)
{
    const admin_reply_t *reply = &a->reply;

    printf("Status: %d %s\r\nContent-Type: %s\r\nContent-Length: %" APR_SIZE_T_FMT "\r\n",
           reply->status, reason_of(reply->status), reply->type, reply->len);
    printf("Cache-Control: %s\r\n",
           reply->keep ? "private, max-age=31536000, immutable" : "no-store");
    fputs("X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
          "Referrer-Policy: no-referrer\r\nCross-Origin-Opener-Policy: same-origin\r\n"
          "Cross-Origin-Resource-Policy: same-origin\r\n"
          "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; "
          "img-src 'self'; "
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n",
          stdout);
    if (a->request->https)
        fputs("Strict-Transport-Security: max-age=31536000\r\n", stdout);
    if (reply->location)
        printf("Location: %s\r\n", reply->location);
    if (reply->allow)
        printf("Allow: %s\r\n", reply->allow);
    if (reply->cookie)
        printf("Set-Cookie: %s\r\n", reply->cookie);
    if (reply->download)
        printf("Content-Disposition: attachment; filename=\"%s\"\r\n", reply->download);
    fputs("\r\n", stdout);
}

/* Takes what is left of a body that was refused unread: by way of mod_cgid input and output are one
 * socket, and closing it with something unread in it loses the answer. */
static void drain(void)
{
    char octets[16 * 1024];
    apr_size_t left = DRAIN_MOST;
    ssize_t count;

    do {
        count = read(STDIN_FILENO, octets, sizeof octets);
        left -= count > 0 && (apr_size_t)count < left ? (apr_size_t)count : left;
    } while (count > 0 && left > 0);
}

static int send_reply(const admin_t *a)
{
    if (a->request->method && strcmp(a->request->method, "POST") == 0)
        drain();
    print_headers(a);
    if (a->reply.len)
        fwrite(a->reply.body, 1, a->reply.len, stdout);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}

/* What is said where even a page cannot be made. */
static void reply_bare(admin_t *a)
{
    a->reply = (admin_reply_t){.status = 500, .type = "text/plain; charset=utf-8"};
    a->reply.body =
        apr_pstrcat(a->pool, "Something went wrong here. Reference: ", a->reference, "\n", NULL);
    a->reply.len = strlen(a->reply.body);
}

static void reply_page(admin_t *a)
{
    const char *problem = NULL;

    if (a->reply.body || a->reply.location)
        return;
    a->reply.body = admin_layout(a, &a->reply.len, &problem);
    if (a->reply.body)
        return;
    admin_log(a, "a page is broken: %s", problem);
    reply_bare(a);
}

/* ---- In */

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value && tokex_json_is_utf8(value, strlen(value)) ? value : NULL;
}

/* What our own links stand behind. A path that httpd made of its configuration; anything else is
 * taken for none. */
static const char *script_name(void)
{
    const char *name = environment("SCRIPT_NAME"), *at;

    if (!name || name[0] != '/' || name[1] == '/')
        return "";
    for (at = name; *at; at++)
        if ((unsigned char)*at <= 0x20 || strchr("\\\"'<>?#%&;", *at))
            return "";
    return name;
}

static const apr_table_t *login(apr_pool_t *pool)
{
    apr_table_t *found = apr_table_make(pool, 4);
    char **variable;

    for (variable = environ; *variable; variable++) {
        const char *end = strchr(*variable, '=');
        const char *name =
            end ? apr_pstrmemdup(pool, *variable, (apr_size_t)(end - *variable)) : "";

        if (strncmp(name, ADMIN_LOGIN_PREFIX, sizeof(ADMIN_LOGIN_PREFIX) - 1) == 0)
            apr_table_setn(found, name, end + 1);
    }
    return found;
}

/* Reads it and empties the environment, in which a header of the request has the name of a setting
 * of a library (HTTP_PROXY: httpoxy). The values stay where they are. */
static admin_request_t take_request(apr_pool_t *pool)
{
    const char *https = environment("HTTPS"), *path = environment("PATH_INFO");
    const admin_request_t request = {.method = environment("REQUEST_METHOD"),
                                     .script = script_name(),
                                     .path = path ? path : "/",
                                     .query = environment("QUERY_STRING"),
                                     .user = environment("REMOTE_USER"),
                                     .login = login(pool),
                                     .address = environment("REMOTE_ADDR"),
                                     .server = environment("SERVER_NAME"),
                                     .content_type = environment("CONTENT_TYPE"),
                                     .content_length = environment("CONTENT_LENGTH"),
                                     .origin = getenv("HTTP_ORIGIN"),
                                     .fetch_site = getenv("HTTP_SEC_FETCH_SITE"),
                                     .cookie = getenv("HTTP_COOKIE"),
                                     .https = https && strcmp(https, "on") == 0};

    clearenv();
    return request;
}

/* ---- Between */

static void answer_error(admin_t *a, const tokex_err_t *err)
{
    const tokex_code_info_t *info = tokex_err_info(err->code);
    bool busy = info->http_status == 503;

    admin_log(a, "%s: %s", info->name, tokex_err_text(err, a->pool));
    a->reply.body = NULL;
    a->reply.location = NULL;
    (void)admin_refuse(a, busy ? 503 : 500,
                       apr_pstrcat(a->pool, info->cause, " ",
                                   busy ? "Try again in a moment."
                                        : "The server's log has the details under this reference.",
                                   NULL));
}

static void answer(admin_t *a)
{
    const admin_no_t no = admin_guard(a, STDIN_FILENO);
    const tokex_err_t *err;

    if (no.status) {
        admin_log(a, "%d: %s %s", no.status,
                  tokex_err_shown(a->pool, a->request->path, strlen(a->request->path)), no.text);
        (void)admin_refuse(a, no.status, no.text);
        a->reply.allow = no.allow;
        return;
    }
    err = a->route->handler(a);
    if (err)
        answer_error(a, err);
}

static const tokex_err_t *prepare(admin_t *a, const char *argv0)
{
    const char *path = admin_conf_path(admin_conf_directory, argv0, a->pool);
    tokex_crypt_t *crypt;

    TOKEX_RETURN_ERR(tokex_random_text(&a->reference, 9, a->pool));
    TOKEX_RETURN_ERR(tokex_crypt_create(&crypt, a->pool));
    a->crypt = crypt;
    if (!path)
        return tokex_err_create(a->pool, TOKEX_E_FILE, NULL,
                                "the program's own name is no plain name of a file");
    return admin_conf_read(&a->conf, path, a->pool);
}

static int serve(const char *argv0, apr_pool_t *pool)
{
    const admin_request_t request = take_request(pool);
    admin_t a = {.pool = pool,
                 .request = &request,
                 .reference = "-",
                 .now = apr_time_sec(apr_time_now()),
                 .html = html_create(pool),
                 .display = admin_display_read(request.cookie),
                 .place = {.title = "mod_tokex"},
                 .reply = {.status = 200, .type = "text/html; charset=utf-8"}};
    const tokex_err_t *err = prepare(&a, argv0);

    if (err) {
        admin_log(&a, "%s", tokex_err_text(err, pool));
        reply_bare(&a);
        return send_reply(&a);
    }
    answer(&a);
    reply_page(&a);
    return send_reply(&a);
}

int main(int argc, const char *const *argv)
{
    apr_pool_t *pool;
    int code;

    /* A query without `=` arrives here as words (RFC 3875 section 4.4); we take none. */
    if (argc != 1) {
        fputs("Status: 400 Bad Request\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n"
              "\r\nNo words of a query are taken here.\n",
              stdout);
        return 0;
    }
    umask(0027);
    /* The master key is in no file that a crash leaves behind. */
    setrlimit(RLIMIT_CORE, &(const struct rlimit){0, 0});
    if (apr_initialize() != APR_SUCCESS || apr_pool_create(&pool, NULL) != APR_SUCCESS)
        return 1;
    code = serve(argv[0], pool);
    apr_pool_destroy(pool);
    apr_terminate();
    return code;
}
