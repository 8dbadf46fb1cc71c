/* How the keys of an algorithm are used: which one is preferred, and when they are replaced. */
#include <string.h>

#include "edit/key_ring_private.h"

#define DEFAULT_AHEAD 86400

/* The rows as they are with one for `algorithm`; `*row` is that one, to be changed. */
static tokex_config_t with_row(const tokex_key_ring_t *ring, const char *algorithm,
                               tokex_signing_t **row)
{
    tokex_config_t changed = *ring->config;
    int count = changed.signing_count, i;
    tokex_signing_t *rows = apr_pcalloc(ring->site.pool, sizeof *rows * (apr_size_t)(count + 1));

    *row = &rows[count];
    for (i = 0; i < count; i++) {
        rows[i] = changed.signing[i];
        if (strcmp(rows[i].algorithm, algorithm) == 0)
            *row = &rows[i];
    }
    if (*row == &rows[count]) {
        **row = (tokex_signing_t){algorithm, false, 0, DEFAULT_AHEAD};
        changed.signing_count++;
    }
    changed.signing = rows;
    return changed;
}

static const tokex_err_t *save(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                               const tokex_config_t *changed, const tokex_edit_author_t *author)
{
    tokex_config_t judged = *ring->joined;

    judged.signing = changed->signing;
    judged.signing_count = changed->signing_count;
    return tokex_key_ring_save(answer, ring, changed, &judged, author);
}

const tokex_err_t *tokex_key_ring_schedule(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                           const char *algorithm, int64_t every, int64_t ahead,
                                           const tokex_edit_author_t *author)
{
    tokex_signing_t *row;
    tokex_config_t changed = with_row(ring, algorithm, &row);

    row->rotate_every = every;
    if (ahead >= 0)
        row->publish_ahead = ahead;
    return save(answer, ring, &changed, author);
}

const tokex_err_t *tokex_key_ring_prefer(tokex_key_answer_t *answer, tokex_key_ring_t *ring,
                                         const char *algorithm, const tokex_edit_author_t *author)
{
    tokex_signing_t *row;
    tokex_config_t changed = with_row(ring, algorithm, &row);
    int i;

    for (i = 0; i < changed.signing_count; i++)
        ((tokex_signing_t *)changed.signing)[i].preferred = &changed.signing[i] == row;
    return save(answer, ring, &changed, author);
}
