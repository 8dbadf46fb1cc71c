/*
 * Feeds files to a fuzz target, for builds without libFuzzer: each file named, or each file of each
 * directory named. Prints how many it fed; fails when there were none, or when one cannot be read.
 */
#include "fuzz.h"

#include <stdio.h>

#include <dirent.h>
#include <sys/stat.h>

/* A copy of exactly the size, so that a sanitizer sees one octet read too many. */
static bool feed_octets(FILE *file, size_t size)
{
    uint8_t *data = malloc(size ? size : 1);
    bool whole = data && fread(data, 1, size, file) == size;
    if (whole)
        (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return whole;
}

static bool feed_file(const char *path, int *fed)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    bool done = file && fstat(fileno(file), &info) == 0 && feed_octets(file, (size_t)info.st_size);
    if (file)
        fclose(file);
    if (done)
        (*fed)++;
    else
        perror(path);
    return done;
}

static bool feed_directory(DIR *directory, const char *path, int *fed)
{
    const struct dirent *entry;
    bool all = true;
    while ((entry = readdir(directory)) != NULL) {
        char name[4096];
        int len = snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        all = len > 0 && (size_t)len < sizeof(name) && feed_file(name, fed) && all;
    }
    return all;
}

int main(int argc, char **argv)
{
    int fed = 0;
    bool all = true;
    /* Held for the whole run, so that a target need not start APR anew for each file. */
    if (apr_initialize() != APR_SUCCESS)
        return 1;
    for (int i = 1; i < argc; i++) {
        DIR *directory = opendir(argv[i]);
        if (directory) {
            all = feed_directory(directory, argv[i], &fed) && all;
            closedir(directory);
        } else {
            all = feed_file(argv[i], &fed) && all;
        }
    }
    printf("%d files fed\n", fed);
    apr_terminate();
    return fed > 0 && all ? 0 : 1;
}
