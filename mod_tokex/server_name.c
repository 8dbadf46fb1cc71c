#include "server_name.h"

#include <ap_listen.h>
#include <apr_strings.h>

#include "directives.h"

/* The port of the virtual host; a main server without one in its name has that of the first Listen,
 * which stands last in httpd's list. */
static apr_port_t port_of(const server_rec *s)
{
    const ap_listen_rec *listener = ap_listeners;

    if (s->addrs && s->addrs->host_port)
        return s->addrs->host_port;
    if (s->port || !listener)
        return s->port;
    while (listener->next)
        listener = listener->next;
    return listener->bind_addr->port;
}

static const char *plain_name(const server_rec *s, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s:%u", s->server_hostname ? s->server_hostname : "", port_of(s));
}

static bool is_taken(server_rec *main, const server_rec *s, const char *name, apr_pool_t *pool)
{
    const char *directory = tokex_directives_directory(tokex_directives_of(s));
    server_rec *before;

    for (before = main; before != s; before = before->next) {
        const tokex_conf_t *other = tokex_directives_of(before);

        if (other && strcmp(tokex_directives_directory(other), directory) == 0 &&
            strcmp(plain_name(before, pool), name) == 0)
            return true;
    }
    return false;
}

const char *tokex_server_name(server_rec *main, const server_rec *s, apr_pool_t *pool)
{
    const char *name = plain_name(s, pool);

    if (!is_taken(main, s, name, pool))
        return name;
    return apr_psprintf(pool, "%s (%s:%u)", name, s->defn_name ? s->defn_name : "",
                        s->defn_line_number);
}
