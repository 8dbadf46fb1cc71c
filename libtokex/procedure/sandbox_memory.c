/*
 * The memory of one run: pieces of a few large ones, which go with the pool when the run is over,
 * so that nothing need be given back one by one. What is given back meanwhile is used again.
 */
#include "procedure/sandbox_private.h"

#include <stdlib.h>
#include <string.h>

/* Octets of a large piece, and the steps in which small ones are cut from it. */
#define CHUNK (16 * 1024)
#define STEP 16

/* What is larger than a small piece has memory of its own, behind this. */
struct tokex_sandbox_block_t {
    tokex_sandbox_block_t *next;
    tokex_sandbox_block_t **back; /* where the one before points here */
};

static bool is_small(size_t size)
{
    return size <= (size_t)TOKEX_SANDBOX_CLASSES * STEP;
}

static int class_of(size_t size)
{
    return (int)((size - 1) / STEP);
}

/* ---- Small ones */

static void *cut(tokex_sandbox_memory_t *m, size_t size)
{
    char *made;
    if (m->left < size) {
        /* What was given back counts, too: a run that fragments its memory ends. */
        if (m->taken + CHUNK > 2 * (size_t)TOKEX_LIMIT_PROCEDURE_MEMORY)
            return NULL;
        m->taken += CHUNK;
        m->left = CHUNK;
        m->at = apr_palloc(m->pool, CHUNK);
    }
    made = m->at;
    m->at += size;
    m->left -= size;
    return made;
}

static void *make_small(tokex_sandbox_memory_t *m, size_t size)
{
    int class = class_of(size);
    void *made = m->unused[class];
    if (!made)
        return cut(m, ((size_t) class + 1) * STEP);
    memcpy(&m->unused[class], made, sizeof(void *));
    return made;
}

static void drop_small(tokex_sandbox_memory_t *m, void *old, size_t size)
{
    int class = class_of(size);
    memcpy(old, &m->unused[class], sizeof(void *));
    m->unused[class] = old;
}

/* ---- Large ones */

static void link_block(tokex_sandbox_memory_t *m, tokex_sandbox_block_t *block)
{
    block->next = m->blocks;
    block->back = &m->blocks;
    if (block->next)
        block->next->back = &block->next;
    m->blocks = block;
}

static void unlink_block(tokex_sandbox_block_t *block)
{
    *block->back = block->next;
    if (block->next)
        block->next->back = block->back;
}

static void *make_large(tokex_sandbox_memory_t *m, size_t size)
{
    tokex_sandbox_block_t *block = malloc(sizeof(*block) + size);
    if (!block)
        return NULL;
    link_block(m, block);
    return block + 1;
}

static void drop_large(void *old)
{
    tokex_sandbox_block_t *block = (tokex_sandbox_block_t *)old - 1;
    unlink_block(block);
    free(block);
}

/* ---- As Lua asks for it */

static void drop(tokex_sandbox_memory_t *m, void *old, size_t size)
{
    if (!old)
        return;
    if (is_small(size))
        drop_small(m, old, size);
    else
        drop_large(old);
}

static void *resize(tokex_sandbox_memory_t *m, void *old, size_t old_size, size_t size)
{
    void *made;
    if (old && is_small(old_size) && is_small(size) && class_of(old_size) == class_of(size))
        return old;
    made = is_small(size) ? make_small(m, size) : make_large(m, size);
    if (made && old) {
        memcpy(made, old, old_size < size ? old_size : size);
        drop(m, old, old_size);
    }
    return made;
}

void *tokex_sandbox_allocate(void *ctx, void *old, size_t old_size, size_t size)
{
    tokex_sandbox_memory_t *m = ctx;
    void *made;
    if (!old)
        old_size = 0; /* then it is a kind of object */
    if (size == 0) {
        drop(m, old, old_size);
        m->used -= old_size;
        return NULL;
    }
    if (size > old_size && (size > TOKEX_LIMIT_PROCEDURE_PIECE ||
                            m->used - old_size + size > TOKEX_LIMIT_PROCEDURE_MEMORY))
        return NULL;
    made = resize(m, old, old_size, size);
    /* Lua counts on it that what shrinks is there. */
    if (!made && size <= old_size)
        return old;
    if (made)
        m->used += size - old_size;
    return made;
}

void tokex_sandbox_free(tokex_sandbox_memory_t *m)
{
    tokex_sandbox_block_t *block = m->blocks;
    m->blocks = NULL;
    while (block) {
        tokex_sandbox_block_t *next = block->next;
        free(block);
        block = next;
    }
}
