#include "way.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

/* What the environment says is anybody's word, so it is shown as such, and in one line. */
tokex_edit_author_t way_author(const ctl_t *ctl, const char *reason)
{
    const struct passwd *user = getpwuid(getuid());
    const char *name = user && *user->pw_name ? user->pw_name : "unknown";
    const char *sudo = getenv("SUDO_USER");
    const char *of = "";

    if (sudo && *sudo)
        of = apr_pstrcat(ctl->pool, ", sudo of ", tokex_err_shown(ctl->pool, sudo, strlen(sudo)),
                         NULL);
    return (tokex_edit_author_t){.who = apr_psprintf(ctl->pool, "%s (uid %lu%s)",
                                                     tokex_err_shown(ctl->pool, name, strlen(name)),
                                                     (unsigned long)getuid(), of),
                                 .reason = reason,
                                 .now = ctl->now};
}

int way_result(const ctl_t *ctl, const tokex_err_t *err, const tokex_faults_t *faults)
{
    ctl_faults(ctl, faults);
    if (err && err->code == TOKEX_E_DOCUMENT && faults->error_count)
        return ctl_say(CTL_REFUSED, "%d fault%s; nothing was changed", faults->error_count,
                       faults->error_count == 1 ? "" : "s");
    return err ? ctl_error(ctl, err) : CTL_DONE;
}

/* ---- What differs */

const char *way_text(const char *text, apr_pool_t *pool)
{
    unsigned char *copy = (unsigned char *)apr_pstrdup(pool, text), *at;

    for (at = copy; *at; at++) {
        /* U+0080 to U+009F: no other character's UTF-8 begins with C2 and goes on like this. */
        bool second = at[0] == 0xc2 && at[1] && at[1] < 0xa0;

        if (*at < 0x20 || *at == 0x7f || second)
            *at = '?';
        if (second)
            *++at = '?';
    }
    return (const char *)copy;
}

static void print_member(FILE *out, const tokex_edit_member_t *member, apr_pool_t *pool)
{
    const char *path = way_text(member->path, pool);

    if (member->secret)
        fprintf(out, "    %s: changed\n", path);
    else if (!member->before)
        fprintf(out, "    %s: %s\n", path, way_text(member->after, pool));
    else if (!member->after)
        fprintf(out, "    %s: %s, taken out\n", path, way_text(member->before, pool));
    else
        fprintf(out, "    %s: %s -> %s\n", path, way_text(member->before, pool),
                way_text(member->after, pool));
}

static const tokex_err_t *print_object(FILE *out, const tokex_change_object_t *object, bool whole,
                                       apr_pool_t *pool)
{
    const tokex_edit_member_t *members;
    int count, i;

    fprintf(out, "%c %s %s\n",
            !object->before  ? '+'
            : !object->after ? '-'
                             : '~',
            object->noun, way_text(object->id, pool));
    if (!whole && (!object->before || !object->after))
        return NULL;
    TOKEX_RETURN_ERR(
        tokex_edit_diff(&members, &count, object->noun, object->before, object->after, pool));
    for (i = 0; i < count; i++)
        print_member(out, &members[i], pool);
    return NULL;
}

const tokex_err_t *way_print(FILE *out, const tokex_change_object_t *objects, int count, bool whole,
                             apr_pool_t *pool)
{
    int i;

    for (i = 0; i < count; i++)
        TOKEX_RETURN_ERR(print_object(out, &objects[i], whole, pool));
    return NULL;
}
