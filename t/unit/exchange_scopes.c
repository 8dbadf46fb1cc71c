#include "exchange_world.h"

static void set_mode(world_t *w, const char *mode)
{
    w->rules[0].scope_mode = mode;
}

static void test_of_several_targets_only_what_all_of_them_know(void **state)
{
    world_t *w = *state;
    w->targets[1].scopes = texts(w->pool, "orders.write", "invoices.read", NULL);
    set_claim(w, "scope", "\"orders.read orders.write invoices.read\"");
    ask_audience(w, "orders");
    ask_audience(w, "billing");
    grants_scope(w, NULL, "orders.write");
    grants_scope(w, "orders.read orders.write invoices.read", "orders.write");
    refuses_scope(w, "orders.read", TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_SCOPE);
    w->request.audiences[0] = "billing";
    w->request.audiences[1] = "orders";
    grants_scope(w, NULL, "orders.write");
}

static void test_CU_29_widen_grants_what_client_and_target_have(void **state)
{
    world_t *w = *state;
    set_mode(w, "widen");
    set_claim(w, "scope", "\"orders.read\"");
    grants_scope(w, "orders.write", "orders.write");
    grants_scope(w, "orders.read orders.write invoices.read", "orders.read orders.write");
    refuses_scope(w, "admin", TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
    refuses_scope(w, "invoices.read", TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_SCOPE);
}

static void test_H_12_widen_without_asking_is_narrow(void **state)
{
    world_t *w = *state;
    set_mode(w, "widen");
    set_claim(w, "scope", "\"orders.read\"");
    grants_scope(w, NULL, "orders.read");
    set_claim(w, "scope", NULL);
    grants_scope(w, NULL, "");
}

static void test_CE_27_fallback_gives_the_same_scopes_when_all_can_be_had(void **state)
{
    world_t *w = *state;
    set_mode(w, "fallback");
    set_claim(w, "scope", "\"orders.read\"");
    grants_scope(w, NULL, "orders.read");
    grants_scope(w, "orders.read orders.write", "orders.read");
    refuses_scope(w, "orders.write", TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_SCOPE);
}

static void test_CE_28_CE_29_fallback_gives_all_of_the_clients_when_one_cannot_be_had(void **state)
{
    world_t *w = *state;
    set_mode(w, "fallback");
    set_claim(w, "scope", "\"orders.read foreign\"");
    grants_scope(w, NULL, "orders.read orders.write");
    grants_scope(w, "orders.write", "orders.write");
    set_claim(w, "scope", "\"orders.read admin\"");
    grants_scope(w, NULL, "orders.read orders.write");
    set_claim(w, "scope", "\"orders.read invoices.read\"");
    grants_scope(w, NULL, "orders.read orders.write");
}

static void test_CE_30_openid_and_offline_access_are_no_reason_to_fall_back(void **state)
{
    world_t *w = *state;
    set_mode(w, "fallback");
    set_claim(w, "scope", "\"openid orders.read offline_access\"");
    grants_scope(w, NULL, "orders.read");
    set_claim(w, "scope", "[\"offline_access\",\"orders.write\",\"openid\"]");
    grants_scope(w, NULL, "orders.write");
}

static void test_offline_access_is_never_granted_in_any_mode(void **state)
{
    static const char *const modes[] = {"narrow", "widen", "fallback"};
    world_t *w = *state;
    set_claim(w, "scope", "\"openid orders.read offline_access\"");
    for (int i = 0; i < COUNT(modes); i++) {
        set_mode(w, modes[i]);
        compile_again(w);
        grants_scope(w, NULL, "orders.read");
        refuses_scope(w, "orders.read offline_access", TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
        refuses_scope(w, "openid", TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
    }
}

static void test_H_4_fallback_of_a_token_without_scopes_has_none(void **state)
{
    world_t *w = *state;
    set_mode(w, "fallback");
    set_claim(w, "scope", NULL);
    grants_scope(w, NULL, "");
    set_claim(w, "scope", "17");
    grants_scope(w, NULL, "");
}

static void test_scope_map_makes_ours_of_theirs(void **state)
{
    world_t *w = *state;
    tokex_scope_row_t rows[] = {
        {"api:read", "orders.read"}, {"orders.read", "orders.write"}, {"openid", "orders.read"}};
    w->issuers[0].scope_map = rows;
    w->issuers[0].scope_map_count = COUNT(rows);
    set_claim(w, "scope", "\"api:read\"");
    grants_scope(w, NULL, "orders.read");
    set_claim(w, "scope", "[\"api:read\",\"orders.write\"]");
    grants_scope(w, NULL, "orders.read orders.write");
    /* The name of a mapped scope counts no more. */
    set_claim(w, "scope", "\"orders.read\"");
    grants_scope(w, NULL, "orders.write");
    set_claim(w, "scope", "\"orders.write\"");
    grants_scope(w, NULL, "orders.write");
    set_claim(w, "scope", "\"api:rea api:reads\"");
    grants_scope(w, NULL, "");
    set_claim(w, "scope", "\"openid\"");
    grants_scope(w, NULL, "orders.read");
}

static void test_scope_map_is_the_issuers_own_and_says_nothing_of_what_is_asked(void **state)
{
    world_t *w = *state;
    tokex_scope_row_t rows[] = {{"api:read", "orders.read"}};
    w->issuers[1].scope_map = rows;
    w->issuers[1].scope_map_count = COUNT(rows);
    set_claim(w, "scope", "\"api:read\"");
    grants_scope(w, NULL, "");
    refuses_scope(w, "api:read", TOKEX_E_SCOPE_CLIENT, TOKEX_STEP_SCOPE);
}

static void make_admin_sensitive(world_t *w)
{
    w->scopes[3].sensitive = true;
    w->clients[0].scopes = texts(w->pool, "orders.read", "orders.write", "admin", NULL);
    set_claim(w, "scope", "\"orders.read admin\"");
}

static void test_sensitive_scope_only_when_asked_for_and_named_by_the_rule(void **state)
{
    world_t *w = *state;
    make_admin_sensitive(w);
    grants_scope(w, NULL, "orders.read");
    refuses_scope(w, "admin", TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_SCOPE);
    grants_scope(w, "orders.read admin", "orders.read");
    w->rules[0].sensitive_scopes = texts(w->pool, "admin", NULL);
    compile_again(w);
    grants_scope(w, NULL, "orders.read");
    grants_scope(w, "admin", "admin");
    set_claim(w, "scope", "\"orders.read\"");
    refuses_scope(w, "admin", TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_SCOPE);
}

static void test_sensitive_scope_comes_by_no_mode_of_itself(void **state)
{
    world_t *w = *state;
    make_admin_sensitive(w);
    w->rules[0].sensitive_scopes = texts(w->pool, "admin", NULL);
    set_mode(w, "fallback");
    grants_scope(w, NULL, "orders.read");
    set_claim(w, "scope", "\"foreign\"");
    grants_scope(w, NULL, "orders.read orders.write");
    set_mode(w, "widen");
    compile_again(w);
    grants_scope(w, "admin orders.read", "orders.read admin");
    w->rules[0].sensitive_scopes = (tokex_texts_t){NULL, 0};
    compile_again(w);
    refuses_scope(w, "admin", TOKEX_E_SCOPE_EMPTY, TOKEX_STEP_SCOPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_of_several_targets_only_what_all_of_them_know),
        WITH_WORLD(test_CU_29_widen_grants_what_client_and_target_have),
        WITH_WORLD(test_H_12_widen_without_asking_is_narrow),
        WITH_WORLD(test_CE_27_fallback_gives_the_same_scopes_when_all_can_be_had),
        WITH_WORLD(test_CE_28_CE_29_fallback_gives_all_of_the_clients_when_one_cannot_be_had),
        WITH_WORLD(test_CE_30_openid_and_offline_access_are_no_reason_to_fall_back),
        WITH_WORLD(test_offline_access_is_never_granted_in_any_mode),
        WITH_WORLD(test_H_4_fallback_of_a_token_without_scopes_has_none),
        WITH_WORLD(test_scope_map_makes_ours_of_theirs),
        WITH_WORLD(test_scope_map_is_the_issuers_own_and_says_nothing_of_what_is_asked),
        WITH_WORLD(test_sensitive_scope_only_when_asked_for_and_named_by_the_rule),
        WITH_WORLD(test_sensitive_scope_comes_by_no_mode_of_itself),
    };
    return cmocka_run_group_tests_name("exchange/scopes", tests, make_keys, drop_keys);
}
