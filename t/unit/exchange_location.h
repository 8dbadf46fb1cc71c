/* A protected location in the world of exchange_config.h, which asks for itself. */
#ifndef EXCHANGE_LOCATION_H
#define EXCHANGE_LOCATION_H

#include "exchange_world.h"

/* The entrance vouches for the client, so nobody presents credentials. */
static inline tokex_location_t *make_location(world_t *w)
{
    tokex_location_t *location = apr_pcalloc(w->pool, sizeof(*location));
    const tokex_texts_t issuers = texts(w->pool, "partner", NULL);
    *location = (tokex_location_t){.name = "/orders",
                                   .client = "shop",
                                   .issuers = issuers.items,
                                   .issuer_count = issuers.count,
                                   .exchange = true,
                                   .user_claim = "sub"};
    w->request.location = location;
    w->request.credentials = (tokex_credentials_t){NULL, NULL, NULL, NULL};
    return location;
}

/* The audit line as an object, after what holds for every one of a location. */
static inline const tokex_json_t *audit_of(world_t *w, const tokex_outcome_t *outcome)
{
    const tokex_json_t *line = NULL;
    apr_size_t len = 0;
    const char *text = tokex_outcome_audit(outcome, "receipt-1", NOW, 1234, &len, w->pool);
    assert_success(tokex_json_parse_object(&line, text, len, w->pool));
    assert_text(line, "location", "/orders");
    assert_null(strstr(text, "eyJ"));
    return line;
}

#endif
