/* Feeds the named files to a fuzz target: the corpus without the fuzzer, under any compiler. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of the exact size on the heap, so that ASan sees one byte too far. */
static int replay(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        perror(path);
        return 1;
    }
    uint8_t *data = NULL;
    size_t size = 0;
    for (;;) {
        uint8_t *longer = realloc(data, size + 65536);
        if (longer == NULL) {
            perror(path);
            exit(1);
        }
        data = longer;
        size_t got = fread(data + size, 1, 65536, in);
        size += got;
        if (got == 0) {
            break;
        }
    }
    int bad = ferror(in);
    if (bad) {
        perror(path);
    }
    fclose(in);
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL) {
        perror(path);
        exit(1);
    }
    for (size_t i = 0; i < size; i++) {
        exact[i] = data[i];
    }
    free(data);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return bad != 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        failed |= replay(argv[i]);
    }
    return failed;
}
