/*
 * An engine whose remotes answer by a list: tokens come by themselves, every other request takes
 * the next row, the last row for ever. The clock moves only when the engine waits.
 */
#pragma once

#include <stdint.h>

#include "base/str.h"
#include "engine/engine.h"

struct script_row {
    int status; /* 0: no answer comes */
    const char *body;
    const char *header, *value; /* one header; NULL: none */
};

struct script {
    const struct script_row *rows;
    size_t count, asked;
    unsigned tokens; /* that were given */
    int64_t now_ms, began_ms;
    struct strbuf seen; /* "METHOD URL" and the body, lines */
    struct crmsync *engine;
};

void script_begin(struct script *script, const struct script_row *rows, size_t count);
void script_end(struct script *script);
