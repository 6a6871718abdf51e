/*
 * Values in one form, whichever side they come from: text, or NULL for "none". Two values are equal
 * when these texts are. True and false are "true" and "false", numbers the shortest form that reads
 * back as the same, dates and times UTC with whole seconds, choices their labels.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/json_writer.h"

enum sync_kind {
    SYNC_TEXT,
    SYNC_BOOLEAN,
    SYNC_INTEGER,
    SYNC_NUMBER,
    SYNC_TIME,    /* with or without a time of day */
    SYNC_CHOICE,  /* a label */
    SYNC_ACCOUNT, /* the key of a contact's account */
};

/*
 * Takes a value of JSON (a text, number, truth value or null; NULL is null) over. A value that does
 * not fit its kind keeps its text, so that the other side judges it.
 */
const char *sync_value_read(struct arena *arena, enum sync_kind kind, const cJSON *item);
/* The same from a text, as Marketo's activities write them: "True", "2023-01-26 18:46:00". */
const char *sync_value_read_text(struct arena *arena, enum sync_kind kind, const char *text);
/* Writes it; `as_text`: the other side keeps it in a field of text. */
void sync_value_write(struct json_writer *writer, enum sync_kind kind, bool as_text,
                      const char *value);
/* Its first `most` characters (0: no bound); what is cut is not cut within a character. */
const char *sync_value_cut(struct arena *arena, const char *value, int64_t most);
