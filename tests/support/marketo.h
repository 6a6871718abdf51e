/* A tenant under a virtual clock, and stories of calls to its Marketo. */
#pragma once

#include "client.h"

/* A world as `world`, or JSON text; limits as it says. Answers come by a call. */
struct mocktenant *mkto_start(const char *world);

/* A token of "connector" or "other". */
const char *mkto_token(struct arena *arena, struct mocktenant *mock, const char *who);
/* A call as somebody ("nobody": without a token); `body` is JSON, or NULL. */
struct answer mkto_ask(struct arena *arena, struct mocktenant *mock, const char *who,
                       const char *method, const char *target, const char *body);

/* For mocktenant_submit(): adds an answer's body to the strbuf `arg`. */
void mkto_take_body(void *arg, const struct mocktenant_response *response);

/*
 * One call of a story. In texts <key> stands for that key of the line, <saved> for what the last
 * `save` took (encoded in a target); a quote is written as '. `who` may also be "control": the
 * control API, or "clock": `target` is how far time moves.
 */
struct mkto_step {
    const char *who, *method, *target, *body;
    const char *at, *want; /* JSON Pointer and the JSON that is there; want NULL: nothing is */
    const char *save;      /* a JSON Pointer; NULL: nothing */
};
/* The text with its keys put in and its quotes made; `encode`: for a target. */
const char *mkto_fill(struct arena *arena, struct mocktenant *mock, const char *text,
                      const char *saved, bool encode);
/* Plays up to a step whose `who` is NULL; fails the test with the step's number and the answer. */
void mkto_play(struct mocktenant *mock, const struct mkto_step *steps);

/* A row of a test: a story in a world. */
enum { MKTO_MOST_STEPS = 14 };
struct mkto_story {
    const char *name;
    const char *world; /* NULL: `ready` */
    struct mkto_step steps[MKTO_MOST_STEPS];
};
void mkto_tell(void **state);
