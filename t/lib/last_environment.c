/* Says at the end of its process, in the file that LAST_ENVIRONMENT named at its beginning, what
 * stands in the environment then: a name and its value a line. */
#include <stdio.h>
#include <stdlib.h>

extern char **environ;

static const char *path;

__attribute__((constructor)) static void begin(void)
{
    path = getenv("LAST_ENVIRONMENT");
}

__attribute__((destructor)) static void tell(void)
{
    FILE *out = path ? fopen(path, "w") : NULL;
    char **at;

    if (!out)
        return;
    for (at = environ; at && *at; at++)
        fprintf(out, "%s\n", *at);
    fputs("the end\n", out);
    fclose(out);
}
