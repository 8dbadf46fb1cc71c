#include "key_line.h"

#include <apr_strings.h>

#define WIDTH 600
#define ROW 24
#define BAR 16
/* A line shows at least so much of what was and what will be, seconds. */
#define BEFORE 86400
#define BEHIND (7 * 86400)
/* Letters of a kid beside its bar. */
#define KID 12

typedef struct span_t {
    int64_t from;
    int64_t until;
} span_t;

const char *admin_key_state(tokex_key_state_t state)
{
    static const char *const words[] = {"published", "active", "retiring", "gone"};

    return words[state];
}

int64_t admin_key_gone(const tokex_key_ring_t *ring, int place)
{
    return ring->lives[place].published_until;
}

int64_t admin_key_ends(const tokex_key_ring_t *ring, int place)
{
    return ring->lives[place].published_until ? tokex_key_ring_stopped(ring, place) : 0;
}

static bool is_shown(const tokex_key_ring_t *ring, int place)
{
    return ring->lives[place].state != TOKEX_KEY_DEAD;
}

static span_t span_of(const tokex_key_ring_t *ring)
{
    int64_t now = ring->site.now;
    span_t span = {now - BEFORE, now + BEHIND};
    int i;

    for (i = 0; i < ring->joined->signing_key_count; i++) {
        const tokex_signing_key_t *key = &ring->joined->signing_keys[i];
        int64_t gone = admin_key_gone(ring, i);

        if (!is_shown(ring, i))
            continue;
        span.from = key->created < span.from ? key->created : span.from;
        span.until = key->activates > span.until ? key->activates : span.until;
        span.until = gone > span.until ? gone : span.until;
    }
    return span;
}

static int place_of(const span_t *span, int64_t time)
{
    if (!time || time > span->until)
        return WIDTH;
    if (time < span->from)
        return 0;
    return (int)((time - span->from) * WIDTH / (span->until - span->from));
}

static void put_part(html_t *h, const char *class, int from, int to, int y)
{
    if (to > from)
        html_put(h, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"></rect>",
                 class, from, y, to - from, BAR);
}

static void put_key(admin_t *a, const tokex_key_ring_t *ring, const span_t *span, int i, int row)
{
    const tokex_signing_key_t *key = &ring->joined->signing_keys[i];
    int created = place_of(span, key->created), begins = place_of(span, key->activates);
    int ends = place_of(span, admin_key_ends(ring, i));
    int gone = place_of(span, admin_key_gone(ring, i)), y = row * ROW + (ROW - BAR) / 2;

    put_part(a->html, "line-next", created, begins < gone ? begins : gone, y);
    put_part(a->html, "bar-good", begins, ends, y);
    put_part(a->html, "line-retired", ends > begins ? ends : begins, gone, y);
}

/* Beside the picture, which is as wide as there is room and so holds no text. */
static void put_names(admin_t *a, const tokex_key_ring_t *ring)
{
    int i;

    html_put(a->html, "<div class=\"times\"><ul aria-hidden=\"true\">");
    for (i = 0; i < ring->joined->signing_key_count; i++)
        if (is_shown(ring, i))
            html_put(a->html, "<li><code>%s</code></li>",
                     apr_pstrndup(a->pool, ring->joined->signing_keys[i].kid, KID));
    html_put(a->html, "</ul>");
}

void admin_put_key_line(admin_t *a, const tokex_key_ring_t *ring)
{
    const span_t span = span_of(ring);
    html_t *h = a->html;
    int i, rows = 0, now = place_of(&span, ring->site.now);

    for (i = 0; i < ring->joined->signing_key_count; i++)
        rows += is_shown(ring, i);
    if (!rows)
        return;
    put_names(a, ring);
    html_put(h,
             "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 %d %d\" height=\"%d\" "
             "preserveAspectRatio=\"none\" aria-labelledby=\"k-t k-d\"><title id=\"k-t\">Signing "
             "keys in time</title><desc id=\"k-d\">%d keys that are "
             "published: each from when it was made, over the time in which it signs, until its "
             "last token has ended. The table has the same times.</desc>",
             WIDTH, rows * ROW, rows * ROW, rows);
    for (i = 0, rows = 0; i < ring->joined->signing_key_count; i++)
        if (is_shown(ring, i))
            put_key(a, ring, &span, i, rows++);
    html_put(h,
             "<path class=\"now\" d=\"M%d 0V%d\"></path></svg><p class=\"scale\" "
             "aria-hidden=\"true\"><span>%s</span><span>%s</span></p></div><p class=\"legend\">"
             "Outlined: published; filled: active; dashed: retiring; the upright line: now.</p>\n",
             now, rows * ROW, apr_pstrndup(a->pool, admin_time_text(span.from, a->pool), 10),
             apr_pstrndup(a->pool, admin_time_text(span.until, a->pool), 10));
}
