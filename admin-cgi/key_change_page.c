/* Changes of our signing keys: what is asked first, and what came of it. */
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "guard.h"
#include "key_line.h"
#include "line.h"
#include "pages.h"
#include "route.h"
#include "save.h"
#include "store/activity_sums.h"

#define DAY 86400
#define HOUR 3600

/* ---- What came of a change */

static const char *words_of(const admin_t *a, const tokex_key_ring_t *ring,
                            tokex_key_answer_t answer)
{
    switch (answer) {
    case TOKEX_KEY_UNKNOWN:
        return "There is no such signing key.";
    case TOKEX_KEY_STOPPED:
        return "It does not sign any more already.";
    case TOKEX_KEY_SIGNS:
        return "It signs already.";
    case TOKEX_KEY_SERVERS:
        return "The server made it, and lets it sign when its schedule says so. Add a key that "
               "signs at once instead.";
    case TOKEX_KEY_NEEDED:
        return apr_psprintf(a->pool,
                            "This is the only active key of its algorithm, which the target \"%s\" "
                            "needs. Add and activate another first.",
                            ring->needed_by);
    case TOKEX_KEY_AMBIGUOUS:
        return "There are keys of several algorithms, and none is preferred. Choose one.";
    case TOKEX_KEY_DONE:
    case TOKEX_KEY_FAULTY:
        break;
    }
    return "The servers could not work with that.";
}

static const tokex_err_t *answer_change(admin_t *a, const tokex_key_ring_t *ring,
                                        tokex_key_answer_t answer, const char *done)
{
    int i;

    if (answer == TOKEX_KEY_DONE) {
        admin_redirect(a, admin_url(a, "/keys", "done", done));
        return NULL;
    }
    admin_keys_place(a, "Keys");
    a->reply.status = 422;
    admin_begin_problems(a);
    html_put(a->html, "<li>%s Nothing was changed.</li>", words_of(a, ring, answer));
    for (i = 0; i < ring->faults->count; i++)
        html_put(a->html, "<li>%s</li>", tokex_config_fault_text(&ring->faults->items[i], a->pool));
    admin_end_problems(a);
    return admin_put_keys(a, ring);
}

const tokex_err_t *admin_key_add(admin_t *a)
{
    const tokex_edit_author_t author = admin_author(a);
    const char *algorithm = admin_input_text(a->form, "algorithm");
    int64_t after = admin_input_number(a->form, "after", 1) * HOUR;
    tokex_key_answer_t answer;
    tokex_key_ring_t ring;

    if (tokex_jwk_alg(algorithm) == TOKEX_ALG_NONE || after > TOKEX_KEY_RING_AFTER_MOST)
        return admin_refuse(a, 400,
                            "There is no such algorithm, or no key waits for so long. "
                            "Nothing was changed.");
    TOKEX_RETURN_ERR(admin_open_keys(&ring, a, TOKEX_DB_WRITE));
    TOKEX_RETURN_ERR(tokex_key_ring_rotate(&answer, &ring, algorithm, after, after == 0, &author));
    return answer_change(a, &ring, answer, "added");
}

const tokex_err_t *admin_key_use(admin_t *a)
{
    const tokex_edit_author_t author = admin_author(a);
    const char *algorithm = admin_input_text(a->form, "algorithm");
    int64_t every = admin_input_number(a->form, "every", 0) * DAY;
    int64_t ahead = admin_input_number(a->form, "ahead", 24) * HOUR;
    tokex_key_answer_t answer;
    tokex_key_ring_t ring;

    if (tokex_jwk_alg(algorithm) == TOKEX_ALG_NONE || every > TOKEX_LIMIT_KEY_AGE ||
        ahead > TOKEX_LIMIT_KEY_AHEAD)
        return admin_refuse(a, 400,
                            "There is no such algorithm, or a time is too long. Nothing "
                            "was changed.");
    TOKEX_RETURN_ERR(admin_open_keys(&ring, a, TOKEX_DB_WRITE));
    if (strcmp(admin_input_text(a->form, "do"), "prefer") == 0)
        TOKEX_RETURN_ERR(tokex_key_ring_prefer(&answer, &ring, algorithm, &author));
    else
        TOKEX_RETURN_ERR(tokex_key_ring_schedule(&answer, &ring, algorithm, every, ahead, &author));
    return answer_change(a, &ring, answer, "use");
}

/* ---- Activate, retire, revoke: asked first */

static int64_t longest_life(const tokex_config_t *config)
{
    int64_t most = 0;
    int i;

    for (i = 0; i < config->target_count; i++)
        most = config->targets[i].lifetime > most ? config->targets[i].lifetime : most;
    return most;
}

/* What was granted in the time in which a token that it signed can be alive. */
static const tokex_err_t *count_granted(int64_t *out, admin_t *a, int64_t since)
{
    const tokex_activity_hour_t *hours;
    int count, i;

    *out = 0;
    TOKEX_RETURN_ERR(admin_open_state(a));
    TOKEX_RETURN_ERR(tokex_activity_sums_hours(&hours, &count, a->state, since, a->pool));
    for (i = 0; i < count; i++)
        *out += hours[i].granted;
    return NULL;
}

static const tokex_err_t *put_revoke(admin_t *a, const tokex_key_ring_t *ring, int place)
{
    const tokex_signing_key_t *key = &ring->joined->signing_keys[place];
    int64_t longest = longest_life(ring->config), granted;
    html_t *h = a->html;

    TOKEX_RETURN_ERR(count_granted(&granted, a, ring->site.now - longest));
    html_put(h,
             "<p class=\"lead\">Every token that it signed dies within a second: at our token "
             "endpoint, at introspection and at our protected locations.</p><p>A token of ours "
             "lives for %s seconds at most; in that time %s exchanges were granted, by this key or "
             "another. Who keeps our JWK Set may take its tokens for another 300 seconds: tell "
             "them.</p>",
             admin_number_text(longest, a->pool), admin_number_text(granted, a->pool));
    if (ring->lives[place].state == TOKEX_KEY_ACTIVE)
        html_put(h,
                 "<div class=\"field\"><label class=\"tick\"><input type=\"checkbox\" "
                 "name=\"replace\" value=\"on\"><span>Where no other key signs with %s, make a new "
                 "one that signs at once</span></label></div>",
                 key->algorithm);
    return NULL;
}

static const tokex_err_t *put_question(admin_t *a, const tokex_key_ring_t *ring, const char *what,
                                       int place)
{
    const tokex_signing_key_t *key = &ring->joined->signing_keys[place];
    bool revokes = strcmp(what, "revoke") == 0;
    html_t *h = a->html;

    admin_keys_place(a, revokes                         ? "Revoke a key now"
                        : strcmp(what, "activate") == 0 ? "Activate a key"
                                                        : "Retire a key");
    TOKEX_RETURN_ERR(admin_put_form(a, "/keys/change"));
    html_put(h,
             "<input type=\"hidden\" name=\"kid\" value=\"%s\"><input type=\"hidden\" "
             "name=\"sure\" value=\"on\"><p>Key <code>%s</code>, %s, %s.</p>",
             key->kid, key->kid, key->algorithm, admin_key_state(ring->lives[place].state));
    if (revokes)
        TOKEX_RETURN_ERR(put_revoke(a, ring, place));
    else if (strcmp(what, "activate") == 0)
        html_put(h, "<p>It signs from now on, and the one before it stops. Whoever has not asked "
                    "for our keys since it was published refuses its tokens until he does.</p>");
    else
        html_put(h, "<p>It signs no longer, and stays published until its last token has ended. "
                    "The one before it signs again as long as it is published.</p>");
    admin_put_reason(a);
    html_put(h,
             "<p class=\"buttons\"><button class=\"%s\" name=\"do\" value=\"%s\">%s</button>"
             "<a href=\"%s\">Leave it as it is</a></p></form>\n",
             revokes ? "danger" : "plain", what,
             revokes                         ? "Revoke it now"
             : strcmp(what, "activate") == 0 ? "Activate it"
                                             : "Retire it",
             admin_url(a, "/keys", NULL, NULL));
    return NULL;
}

static const tokex_err_t *change(tokex_key_answer_t *answer, tokex_key_ring_t *ring, admin_t *a,
                                 const char *what, const char *kid)
{
    const tokex_edit_author_t author = admin_author(a);
    bool replaces = *admin_input_text(a->form, "replace") != '\0';

    if (strcmp(what, "activate") == 0)
        return tokex_key_ring_activate(answer, ring, kid, &author);
    if (strcmp(what, "retire") == 0)
        return tokex_key_ring_retire(answer, ring, kid, &author);
    return tokex_key_ring_remove(answer, ring, kid, replaces, &author);
}

const tokex_err_t *admin_key_change(admin_t *a)
{
    const char *what = admin_input_text(a->form, "do"), *kid = admin_input_text(a->form, "kid");
    bool sure = *admin_input_text(a->form, "sure") != '\0';
    tokex_key_answer_t answer = TOKEX_KEY_UNKNOWN;
    tokex_key_ring_t ring;
    int place;

    if (strcmp(what, "activate") != 0 && strcmp(what, "retire") != 0 && strcmp(what, "revoke") != 0)
        return admin_refuse(a, 400, "That cannot be done with a key. Nothing was changed.");
    TOKEX_RETURN_ERR(admin_open_keys(&ring, a, TOKEX_DB_WRITE));
    place = tokex_key_ring_find(&ring, kid);
    if (!sure && place >= 0)
        return put_question(a, &ring, what, place);
    if (sure)
        TOKEX_RETURN_ERR(change(&answer, &ring, a, what, kid));
    return answer_change(a, &ring, answer, what);
}
