/* Configuration documents: reading, writing, taking keys apart, compiling. */
#include "fuzz.h"

#include "base/limits.h"
#include "config/document.h"
#include "policy/normalise.h"
#include "policy/policy.h"

#define NOW 1900000000

/* Each fault is one line of UTF-8, whatever it is about. */
static void check_faults(const tokex_faults_t *faults, apr_pool_t *pool)
{
    int errors = 0;
    for (int i = 0; i < faults->count; i++) {
        const char *text = tokex_config_fault_text(&faults->items[i], pool);
        HOLDS(tokex_json_is_utf8(text, strlen(text)));
        for (const char *c = text; *c; c++)
            HOLDS((unsigned char)*c >= 0x20 && *c != 0x7F);
        errors += !faults->items[i].warning;
    }
    HOLDS(errors == faults->error_count);
}

static void check_written(const tokex_config_t *config, apr_pool_t *pool)
{
    tokex_faults_t *faults = tokex_config_faults_create(pool);
    const tokex_config_t *again = NULL;
    apr_size_t len, again_len;
    const char *text = tokex_document_write(config, true, &len, pool);
    const char *again_text;
    HOLDS(!tokex_document_read(&again, NULL, text, len, faults, pool, pool));
    HOLDS(again && faults->count == 0);
    again_text = tokex_document_write(again, true, &again_len, pool);
    HOLDS(len == again_len && memcmp(text, again_text, len) == 0);
}

/* `faults`: of reading it. */
static void check_compiled(const tokex_config_t *config, tokex_faults_t *faults, apr_pool_t *pool)
{
    static const tokex_server_t server = {"https://us.example", "default", "here"};
    tokex_crypt_t *crypt = NULL;
    const tokex_policy_t *policy = NULL;
    const tokex_err_t *err;
    HOLDS(!tokex_crypt_create(&crypt, pool));
    config = tokex_normalise_config(config, NOW, crypt, faults, pool, pool);
    if (!faults->error_count)
        check_written(config, pool);
    err = tokex_policy_compile(&policy, config, &server, NOW, crypt, faults, pool, pool);
    HOLDS((err == NULL) == (policy != NULL));
    HOLDS((err == NULL) == (faults->error_count == 0));
    tokex_policy_judge_keys(config, NOW, crypt, faults, pool);
    HOLDS(tokex_crypt_error_queue_length() == 0);
    check_faults(faults, pool);
    for (int i = 0; policy && i < config->client_count; i++)
        HOLDS(tokex_policy_client(policy, config->clients[i].id)->config == &config->clients[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tokex_config_t *config = NULL;
    tokex_faults_t *faults;
    const tokex_err_t *err;
    apr_pool_t *pool = new_pool();
    faults = tokex_config_faults_create(pool);
    err = tokex_document_read(&config, NULL, (const char *)data, size, faults, pool, pool);
    HOLDS(config || (err && err->code != TOKEX_E_DOCUMENT) || size > TOKEX_LIMIT_DOCUMENT);
    check_faults(faults, pool);
    if (config && !err)
        check_written(config, pool);
    if (config)
        check_compiled(config, faults, pool);
    apr_pool_destroy(pool);
    return 0;
}
