#include "child.h"

#include <http_log.h>

#include "directives.h"
#include "messages.h"
#include "settings.h"
#include "wellknown.h"

APLOG_USE_MODULE(tokex);

/* What a child has once, for all its virtual hosts. */
typedef struct nursery_t {
    apr_pool_t *pool;
    server_rec *main;
    const tokex_crypt_t *crypt; /* NULL: OpenSSL failed */
    tokex_limiter_t *limiter;
} nursery_t;

static void complain(const nursery_t *nursery, server_rec *s, const tokex_err_t *err)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 TX_CHILD_LOAD "this process answers 503 for %s: %s. %s",
                 tokex_directives_of(s)->issuer.value, tokex_err_text(err, nursery->pool),
                 tokex_err_info(err->code)->remedy);
}

static const tokex_site_t *load(const nursery_t *nursery, server_rec *s)
{
    const tokex_conf_t *conf = tokex_directives_of(s);
    tokex_faults_t *faults = tokex_config_faults_create(nursery->pool);
    const tokex_site_t *site = NULL;
    tokex_site_source_t source = {tokex_directives_config_db(conf, nursery->pool), conf->master,
                                  nursery->crypt, tokex_directives_server(conf),
                                  apr_time_sec(apr_time_now())};
    const tokex_err_t *err = tokex_site_load(&site, &source, faults, nursery->pool);
    int i;

    for (i = 0; err && i < faults->count; i++) {
        if (!faults->items[i].warning)
            ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, TX_CHECK_FAULT "%s: %s", source.config_db,
                         tokex_config_fault_text(&faults->items[i], nursery->pool));
    }
    if (err)
        complain(nursery, s, err);
    return site;
}

/* The site of an equal host before this one. */
static const tokex_conf_t *find_equal(const nursery_t *nursery, const server_rec *s)
{
    server_rec *before;

    for (before = nursery->main; before != s; before = before->next) {
        const tokex_conf_t *other = tokex_directives_of(before);

        if (other && tokex_directives_same(tokex_directives_of(s), other, nursery->pool))
            return other;
    }
    return NULL;
}

static void settle(const nursery_t *nursery, server_rec *s)
{
    tokex_conf_t *conf = tokex_directives_of(s);
    const tokex_conf_t *equal = find_equal(nursery, s);

    conf->limiter = nursery->limiter;
    tokex_wellknown_prepare(conf, nursery->pool);
    if (equal)
        conf->site = equal->site;
    else if (nursery->crypt && conf->master)
        conf->site = load(nursery, s);
}

/* The last lines that were not written would otherwise never be counted anywhere. */
static apr_status_t say_unsaid(void *data)
{
    const nursery_t *nursery = data;
    int code;

    for (code = 0; code < TOKEX_E_COUNT; code++) {
        apr_uint32_t unsaid = tokex_limiter_take_unsaid(nursery->limiter, code);

        if (unsaid > 0)
            ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, nursery->main,
                         TX_REFUSED_UNSAID "code %s: %u more refusals had no line",
                         tokex_err_info((tokex_code_t)code)->name, unsaid);
    }
    return APR_SUCCESS;
}

static nursery_t *begin(apr_pool_t *pchild, server_rec *main, server_rec *first)
{
    nursery_t *nursery = apr_pcalloc(pchild, sizeof(*nursery));
    tokex_crypt_t *crypt;
    const tokex_err_t *err = tokex_crypt_create(&crypt, pchild);

    nursery->pool = pchild;
    nursery->main = main;
    nursery->limiter = tokex_limiter_create(pchild, TOKEX_LINES, TX_LINES_PER_SECOND);
    if (err)
        complain(nursery, first, err);
    else
        nursery->crypt = crypt;
    apr_pool_cleanup_register(pchild, nursery, say_unsaid, apr_pool_cleanup_null);
    return nursery;
}

void tokex_child_init(apr_pool_t *pchild, server_rec *main)
{
    nursery_t *nursery = NULL;
    server_rec *s;

    for (s = main; s; s = s->next) {
        if (!tokex_directives_of(s))
            continue;
        if (!nursery)
            nursery = begin(pchild, main, s);
        settle(nursery, s);
    }
    if (nursery)
        tokex_settings_write(main, pchild);
}
