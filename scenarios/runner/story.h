/* One telling of one scenario, in a world of its own. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/err.h"
#include "base/json.h"
#include "base/random.h"
#include "base/str.h"
#include "crmsync.h"
#include "mocktenant.h"
#include "runner/carrier.h"
#include "runner/http.h"
#include "runner/scenario.h"
#include "runner/vars.h"

/* What all stories of a run share; it does not change while they play. */
struct run_rig {
    const cJSON *config;    /* fixtures/crmsync/ready.json */
    const char *config_dir; /* where its relative paths start */
    const char *solution;   /* the solution package; NULL: none */
    uint64_t seed;
    bool replay; /* no play branches off another: each begins at the beginning */
};

/* What is done to the engine on the way. */
enum run_trouble {
    RUN_NO_TROUBLE,
    RUN_TWICE, /* every idempotent operation once more */
    RUN_DEATH, /* at one of its commits */
    RUN_FAULT_ON_REQUEST,
};

/* What engine and mock told; the mock's threads write too. */
struct run_log {
    pthread_mutex_t lock;
    struct strbuf text;
};

/* Why a story failed. Texts are the story's, secrets masked. */
struct run_failure {
    bool failed;
    size_t step;          /* from 0; the number of steps when it was after the last */
    const char *name;     /* of the step */
    const char *where;    /* "body /passwordCredentials/0/hint"; NULL: the step as a whole */
    const char *expected; /* NULL: `found` says it all */
    const char *found;
    const char **exchanges; /* the last ones, a line each */
    size_t exchange_count;
};

/* A token of somebody for a host. */
struct run_token {
    struct run_token *next;
    const char *key; /* who, host and client */
    const char *text;
    int64_t until_ms;
};

/* An answer, or the result of an operation. */
struct run_answer {
    int status; /* 0: none arrived, and `error` says why */
    const char *error;
    const struct crmsync_header *headers;
    size_t header_count;
    const cJSON *body; /* parsed, else a string; NULL when it is empty */
    const char *outcome;
    const cJSON *result;
    bool repeated; /* trouble fell on this step: only the state that it left is judged */
};

struct run_story {
    const struct run_rig *rig;
    const struct run_scenario *scenario;
    enum run_variant variant;
    bool wire;
    enum run_trouble trouble;
    size_t at; /* the commit or request where it falls, from 0 */
    const struct run_fault_class *fault;
    run_choose *choose; /* decides in place of `at` and `fault`; NULL: these do */
    void *choose_arg;
    const char *const *known_outcomes; /* of each step in the base story; NULL: not known */

    struct arena arena;
    struct mocktenant *mock;
    int port; /* 0: `direct` */
    const cJSON *info;
    struct run_vars vars;
    struct run_carrier *carrier;
    struct run_token *tokens;
    struct run_http *http; /* `wire`: the runner's own client, made when it is needed */

    cJSON *config;
    char database[64];
    struct db *keeper; /* keeps the engine's database while no engine has it open */
    struct crmsync *engine;
    struct random random;
    size_t commits; /* calls of on_commit so far */
    bool died;
    enum crmsync_commit_phase phase;      /* in which it died */
    const char *client_secret, *password; /* last accepted by setup.connect or reauth */
    const char *last_secret;              /* last made in the story */
    cJSON *secrets;                       /* all that must not be shown */
    struct run_log log;

    size_t step; /* the present one */
    const char **outcomes;
    int64_t *marks; /* after which journal entry each step ended */
    struct run_failure failure;
    const char *end; /* the directory at the end, made comparable; NULL unless `want_end` */
    bool want_end;
};

/* Plays it. False when it failed, with `failure` filled; run_story_finish() in any case. */
bool run_story_play(struct run_story *story);
void run_story_finish(struct run_story *story);

/* Sets the failure (the first one counts) and is `false`. Texts are copied and masked. */
bool run_fail(struct run_story *story, const char *where, const char *expected, const char *found);
bool run_failf(struct run_story *story, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The text with every secret of the story replaced. */
const char *run_mask(struct run_story *story, const char *text);
/* At most `most` bytes of a text, with "..." where it was cut, never inside a character. */
const char *run_cut(struct arena *arena, const char *text, size_t most);
/* A value as a message shows it: compact JSON, cut where it becomes unreadable. */
const char *run_show(struct run_story *story, const cJSON *item);
/* A line of somebody's log; `arg` is a struct run_log. */
void run_log_line(void *arg, const char *line);
/* Takes note of a secret, so that it is never shown. */
void run_secret(struct run_story *story, const char *text);
/* The same for all secrets and tokens in an answer; one that is no JSON is a string here. */
void run_secrets_in(struct run_story *story, const cJSON *answer);

/* A call of the control API; *ret (if asked for) becomes its JSON, NULL when there is none. */
int run_control(struct run_story *story, const char *method, const char *path, const char *json,
                const cJSON **ret);
/* All rows of a table of the state. Fails the story when there is no such table. */
bool run_rows(struct run_story *story, const char *table, const cJSON **ret);
/* A member of the step with its placeholders replaced; *ret is NULL when the step lacks it. */
bool run_member(struct run_story *story, const struct run_step *step, const char *name,
                const cJSON **ret);

/* verbs.c, engine.c, request.c: each does its step and fills *answer. */
bool run_step_do(struct run_story *story, const struct run_step *step, struct run_answer *answer);
bool run_engine_step(struct run_story *story, const struct run_step *step,
                     struct run_answer *answer);
bool run_request_step(struct run_story *story, const struct run_step *step,
                      struct run_answer *answer);

/* engine.c: the engine's life. */
bool run_engine_open(struct run_story *story);
bool run_engine_configure(struct run_story *story);
bool run_engine_restart(struct run_story *story, const cJSON *config);
/* One operation, without trouble's consequences; the answer's outcome is NULL when it died. */
bool run_engine_call(struct run_story *story, const char *operation, const char *with,
                     struct run_answer *answer);
/* The operation `status`, once more when trouble met it. */
bool run_engine_status(struct run_story *story, struct run_answer *answer);
void run_engine_end(struct run_story *story);

/* A request of the runner itself, in the story's transport. */
bool run_send(struct run_story *story, const struct run_request *request,
              struct run_answer *answer);

/* people.c: the token of `who` for a service's host; NULL in *ret when none is needed. */
bool run_token(struct run_story *story, const char *who, const char *service, const char *host,
               const char **ret);

/* expect.c, expect_world.c */
bool run_expect(struct run_story *story, const struct run_step *step,
                const struct run_answer *answer);
bool run_expect_value(struct run_story *story, const char *where, const cJSON *expected,
                      const cJSON *actual);
bool run_expect_journal(struct run_story *story, const cJSON *expected);
bool run_expect_state(struct run_story *story, const cJSON *expected);
bool run_expect_mail(struct run_story *story, const cJSON *expected);

/* journal.c: what the services saw. */
void run_journal_mark(struct run_story *story, size_t step);
bool run_journal_count(struct run_story *story, const cJSON *match, int64_t since, size_t *ret);
void run_journal_last(struct run_story *story, struct run_failure *failure);

/* end.c: what must hold at the end of every story. */
bool run_end(struct run_story *story);
const char *run_state_text(struct run_story *story, bool comparable);
