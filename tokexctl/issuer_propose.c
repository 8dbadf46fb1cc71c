/* `issuer add --from-token`: what a sample token says of its issuer, for a person to judge. */
#include <stdio.h>

#include "args.h"
#include "base/limits.h"
#include "file.h"
#include "issuer.h"
#include "policy/propose.h"

/* Blanks around it, and the word before it. */
#define MORE 4096

static void tell(const tokex_proposal_t *proposal)
{
    int i;

    fputs("note: the signature of the token was not verified: compare what it says with what the "
          "issuer says\n",
          stderr);
    for (i = 0; i < proposal->warning_count; i++)
        fprintf(stderr, "warning: %s.\n", proposal->warnings[i]);
}

/* No word of the token. */
static int refuse(const ctl_t *ctl, const char *path, const tokex_err_t *err)
{
    return ctl_say(CTL_REFUSED, "%s: the token cannot serve as a sample: %s", path,
                   tokex_err_text(err, ctl->pool));
}

int ctl_issuer_propose(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *path = NULL, *id = NULL, *text;
    const args_option_t options[] = {{0, "from-token", &path, NULL}, {0, "id", &id, NULL}};
    args_t args = {options, 2, NULL, 0};
    tokex_proposal_t proposal;
    const tokex_err_t *err;
    apr_size_t len;

    if (!args_read(&args, false, argc, argv, ctl->pool))
        return CTL_USAGE;
    if (!path || args.operand_count)
        return ctl_say(CTL_USAGE, "say: issuer add --from-token FILE|- [--id ID]; - is standard "
                                  "input");
    err = file_read(&text, &len, path, TOKEX_LIMIT_TOKEN + MORE, ctl->pool);
    if (err)
        return ctl_error(ctl, err);
    err = tokex_propose_issuer(&proposal, text, len, id, ctl->now, ctl->pool);
    if (err)
        return refuse(ctl, path, err);
    tell(&proposal);
    fputs(proposal.document, stdout);
    return ctl_flush();
}
