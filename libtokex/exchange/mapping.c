#include "exchange/mapping.h"

#include <string.h>

#include "exchange/mapping_account.h"
#include "exchange/mapping_value.h"

static const tokex_err_t *refuse_size(tokex_run_t *run, bool of_rows)
{
    const tokex_policy_issuer_t *issuer = run->outcome->issuer;
    const char *object = of_rows ? "mapping" : "issuer";
    const char *id = of_rows ? issuer->mapping->config->id : issuer->config->id;
    return tokex_trace_refuse(
        &run->outcome->trace, TOKEX_STEP_CLAIMS,
        tokex_err_create(run->pool, TOKEX_E_CLAIMS_SIZE, NULL,
                         "the claims that come from %s \"%s\" are larger than %d octets, or one "
                         "is a list of more than %d texts",
                         object, id, TOKEX_LIMIT_MAPPED_CLAIMS, TOKEX_LIMIT_MAPPED_TEXTS),
        object, id, of_rows ? "rows" : NULL);
}

const tokex_err_t *tokex_mapping_check_size(const tokex_jsonw_t *w, apr_size_t begin,
                                            tokex_run_t *run, bool of_rows)
{
    apr_size_t len;
    (void)tokex_jsonw_text(w, &len);
    return len - begin > TOKEX_LIMIT_MAPPED_CLAIMS ? refuse_size(run, of_rows) : NULL;
}

static const tokex_err_t *refuse_row(tokex_run_t *run, const tokex_policy_row_t *row,
                                     tokex_code_t code, const char *problem)
{
    const tokex_policy_mapping_t *mapping = run->outcome->issuer->mapping;
    const tokex_mapping_row_t *config = row->config;
    return tokex_trace_refuse(
        &run->outcome->trace, TOKEX_STEP_CLAIMS,
        tokex_err_create(run->pool, code, NULL,
                         "row %d of mapping \"%s\" (%s \"%s\" to \"%s\", transform %s, type %s) "
                         "found %s",
                         (int)(row - mapping->rows) + 1, mapping->config->id, config->source,
                         tokex_err_shown(run->pool, config->from, strlen(config->from)), config->to,
                         config->transform, config->type, problem),
        "mapping", mapping->config->id, "rows");
}

static const char *parameter(const tokex_run_t *run, const char *name)
{
    const tokex_form_t *form = run->request->form;
    const tokex_form_param_t *param = form ? tokex_form_get(form, name) : NULL;
    return param ? param->value : NULL;
}

static const char *property(const tokex_run_t *run, const char *name)
{
    const tokex_client_t *client = run->outcome->client->config;
    for (int i = 0; i < client->property_count; i++)
        if (strcmp(client->properties[i].name, name) == 0)
            return client->properties[i].value;
    return NULL;
}

static void set_foreign(tokex_value_t *value, const tokex_policy_row_t *row,
                        const tokex_json_t *claims)
{
    value->node = claims ? tokex_path_get(&row->path, claims) : NULL;
    value->form = value->node ? TOKEX_FORM_NODE : TOKEX_FORM_MISSING;
}

static void set_own(tokex_value_t *value, const char *text)
{
    value->text = text;
    value->form = text ? TOKEX_FORM_TEXT : TOKEX_FORM_MISSING;
}

static void find(tokex_value_t *value, const tokex_run_t *run, const tokex_parties_t *parties,
                 const tokex_policy_row_t *row)
{
    switch (row->source) {
    case TOKEX_SOURCE_SUBJECT:
        set_foreign(value, row, parties->subject.claims);
        break;
    case TOKEX_SOURCE_ACTOR:
        set_foreign(value, row, parties->has_actor ? parties->actor.claims : NULL);
        break;
    case TOKEX_SOURCE_USERINFO:
        set_foreign(value, row, parties->subject.userinfo);
        break;
    case TOKEX_SOURCE_INTROSPECTION:
        set_foreign(value, row, parties->subject.introspection);
        break;
    case TOKEX_SOURCE_PARAMETER:
        set_own(value, parameter(run, row->config->from));
        break;
    case TOKEX_SOURCE_CLIENT:
        set_own(value, property(run, row->config->from));
        break;
    case TOKEX_SOURCE_CONSTANT:
        set_own(value, row->config->from);
        break;
    case TOKEX_SOURCE_ACCOUNT:
        tokex_mapping_account(value, run, row->config->from);
        break;
    }
}

static const tokex_err_t *judge(tokex_run_t *run, const tokex_policy_row_t *row,
                                const tokex_value_t *value, tokex_fared_t fared)
{
    if (fared == TOKEX_FARED_LARGE)
        return refuse_size(run, true);
    if (fared == TOKEX_FARED_WRONG)
        return refuse_row(run, row, TOKEX_E_MAPPING_TYPE, tokex_mapping_value_kind(value));
    return NULL;
}

/* Gives a missing value its default; leaves one that is to be skipped missing. */
static const tokex_err_t *replace_missing(tokex_value_t *value, tokex_run_t *run,
                                          const tokex_policy_row_t *row)
{
    if (row->missing == TOKEX_MISSING_DEFAULT)
        set_own(value, row->config->default_value);
    if (row->missing != TOKEX_MISSING_REFUSE)
        return NULL;
    return refuse_row(run, row,
                      row->source == TOKEX_SOURCE_PARAMETER ? TOKEX_E_MAPPING_PARAMETER
                                                            : TOKEX_E_MAPPING_MISSING,
                      "nothing");
}

static const tokex_err_t *evaluate(tokex_value_t *value, tokex_run_t *run,
                                   const tokex_policy_row_t *row, bool transforms)
{
    if (value->form != TOKEX_FORM_MISSING && transforms)
        TOKEX_RETURN_ERR(
            judge(run, row, value, tokex_mapping_value_transform(value, row, run->pool)));
    if (value->form == TOKEX_FORM_MISSING)
        TOKEX_RETURN_ERR(replace_missing(value, run, row));
    if (value->form == TOKEX_FORM_MISSING)
        return NULL;
    return judge(run, row, value, tokex_mapping_value_type(value, row->type));
}

const tokex_err_t *tokex_mapping_row(tokex_value_t *found, tokex_value_t *made, tokex_run_t *run,
                                     const tokex_parties_t *parties, const tokex_policy_row_t *row)
{
    bool is_local =
        row->source == TOKEX_SOURCE_SUBJECT && tokex_mapping_is_local(found, run, row->config->to);
    if (!is_local)
        find(found, run, parties, row);
    *made = *found;
    /* Transforms are for what the issuer writes in another way. */
    return evaluate(made, run, row, !is_local);
}

const tokex_err_t *tokex_mapping_write(tokex_jsonw_t *w, tokex_run_t *run,
                                       const tokex_parties_t *parties, apr_size_t begin)
{
    const tokex_policy_mapping_t *mapping = run->outcome->issuer->mapping;
    for (int i = 0; mapping && i < mapping->row_count; i++) {
        tokex_value_t found = {.form = TOKEX_FORM_MISSING};
        tokex_value_t value;
        TOKEX_RETURN_ERR(tokex_mapping_row(&found, &value, run, parties, &mapping->rows[i]));
        if (value.form == TOKEX_FORM_MISSING)
            continue;
        tokex_jsonw_name(w, mapping->rows[i].config->to);
        tokex_mapping_value_write(w, &value);
        /* Asked at every row: many rows may copy one large claim. */
        TOKEX_RETURN_ERR(tokex_mapping_check_size(w, begin, run, true));
    }
    return NULL;
}
