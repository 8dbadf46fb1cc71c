#include "unit.h"

#include "html.h"

static const char *finish(html_t *h, bool whole)
{
    apr_size_t len;
    const char *problem = NULL;
    const char *text = html_finish(h, whole, &len, &problem);

    assert_true((text == NULL) == (problem != NULL));
    if (text)
        assert_int_equal(strlen(text), len);
    return text;
}

static void assert_page(html_t *h, const char *expected)
{
    const char *text = finish(h, true);

    assert_non_null(text);
    assert_string_equal(text, expected);
}

#define assert_broken(...)                                                                         \
    do {                                                                                           \
        html_t *broken_ = html_create(*state);                                                     \
        html_put(broken_, __VA_ARGS__);                                                            \
        assert_null(finish(broken_, true));                                                        \
    } while (0)

static void test_CON_010_a_value_is_escaped_by_where_it_stands(void **state)
{
    html_t *h = html_create(*state);

    html_put(h, "<p title=\"%s\">%s</p>", "\"><b>'&", "<script>\"'&");
    assert_page(h, "<p title=\"&quot;&gt;&lt;b&gt;&#39;&amp;\">&lt;script&gt;&quot;&#39;&amp;</p>");
    h = html_create(*state);
    html_put(h, "<b>%d%%</b>", -7);
    html_text(h, "a\x01\x1f\tb");
    assert_page(h, "<b>-7%</b>a\xef\xbf\xbd\xef\xbf\xbd\tb");
}

static void test_lines_end_by_a_line_feed(void **state)
{
    html_t *h = html_create(*state);

    html_text(h, "a\r\nb\rc\nd\r");
    assert_page(h, "a\nb\nc\nd\n");
}

static void test_a_url_stays_on_this_server(void **state)
{
    static const char *const bad[] = {"javascript:alert(1)",
                                      "//evil",
                                      "/\\evil",
                                      "http://evil",
                                      "data:,x",
                                      "",
                                      "/a b",
                                      "/a\tb",
                                      "/a\\b",
                                      " /a"};
    static const char *const good[] = {"/a/b?c=d", "?q=1", "#f-x", "/"};
    int i;

    for (i = 0; i < COUNT(bad); i++) {
        html_t *h = html_create(*state);

        html_put(h, "<a href=\"%s\">x</a>", bad[i]);
        assert_page(h, "<a href=\"#\">x</a>");
    }
    for (i = 0; i < COUNT(good); i++) {
        html_t *h = html_create(*state);

        html_put(h, "<a href=\"%s\">x</a>", good[i]);
        assert_page(h, apr_pstrcat(*state, "<a href=\"", good[i], "\">x</a>", NULL));
    }
}

static void test_a_part_of_a_url_is_encoded(void **state)
{
    html_t *h = html_create(*state);

    html_put(h, "<a href=\"%s?id=%s&amp;x=%s\">x</a>", "/p", "a&b=c/#?%\xc3\xa4", "-._~");
    assert_page(h, "<a href=\"/p?id=a%26b%3Dc%2F%23%3F%25%C3%A4&amp;x=-._~\">x</a>");
    h = html_create(*state);
    html_put(h, "<form action=\"/p/%s\"></form>", "//evil");
    assert_page(h, "<form action=\"/p/%2F%2Fevil\"></form>");
}

static void test_a_value_stands_nowhere_else(void **state)
{
    assert_broken("<p %s>x</p>", "onclick=x");
    assert_broken("<%s>", "p");
    assert_broken("<p title=%s>x</p>", "x");
    assert_broken("<!-- %s --><p>x</p>", "x");
    assert_broken("<p id%s=\"x\">x</p>", "y");
    assert_broken("<p>x</%s>", "p");
}

static void test_what_would_run_is_no_markup(void **state)
{
    assert_broken("<p onclick=\"x\">x</p>");
    assert_broken("<p style=\"x\">x</p>");
    assert_broken("<iframe srcdoc=\"x\"></iframe>");
    assert_broken("<style>x</style>");
    assert_broken("<script>x</script>");
    assert_broken("<script>%s</script>", "x");
    assert_broken("<p title='x'>x</p>");
}

static void test_tags_are_closed_in_order(void **state)
{
    html_t *h = html_create(*state);

    html_put(h, "<!doctype html><p>a<br>b<input name=\"x\" checked></p><hr>");
    assert_non_null(finish(h, true));
    assert_broken("<p>x");
    assert_broken("<p><b>x</p></b>");
    assert_broken("x</p>");
    assert_broken("<p");
    assert_broken("a < b");
    h = html_create(*state);
    html_put(h, "<p>");
    assert_non_null(finish(h, false));
}

static void test_a_part_that_is_broken_breaks_the_whole(void **state)
{
    html_t *h = html_create(*state), *part = html_create(*state), *bad = html_create(*state);

    html_put(part, "<b>%s</b>", "<");
    html_put(h, "<p>");
    html_append(h, part);
    html_put(h, "</p>");
    assert_page(h, "<p><b>&lt;</b></p>");
    html_put(bad, "<b>");
    html_append(h, bad);
    assert_null(finish(h, true));
}

static void test_a_sentence_has_its_code_marked(void **state)
{
    html_t *h = html_create(*state);

    html_sentence(h, "say `a<b` or `c`; ` alone");
    assert_page(h, "say <code>a&lt;b</code> or <code>c</code>; ` alone");
}

static void test_a_page_grows(void **state)
{
    html_t *h = html_create(*state);
    apr_size_t len;
    int i;

    for (i = 0; i < 20000; i++)
        html_put(h, "<p>%d</p>", i % 10);
    assert_non_null(html_finish(h, true, &len, NULL));
    assert_int_equal(len, 20000 * 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_CON_010_a_value_is_escaped_by_where_it_stands),
        WITH_POOL(test_lines_end_by_a_line_feed),
        WITH_POOL(test_a_url_stays_on_this_server),
        WITH_POOL(test_a_part_of_a_url_is_encoded),
        WITH_POOL(test_a_value_stands_nowhere_else),
        WITH_POOL(test_what_would_run_is_no_markup),
        WITH_POOL(test_tags_are_closed_in_order),
        WITH_POOL(test_a_part_that_is_broken_breaks_the_whole),
        WITH_POOL(test_a_sentence_has_its_code_marked),
        WITH_POOL(test_a_page_grows),
    };

    return cmocka_run_group_tests_name("admin_html", tests, start, stop);
}
