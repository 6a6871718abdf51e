/* Measures speed and memory beside floors of the same run. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/json.h"

enum { BENCH_MAX_ROUNDS = 15 };

struct bench {
    const char *program; /* this program's own file, for the second processes */
    int rounds;
    int round_ms;
    bool memory; /* also the figure that takes two million calls */
    struct arena arena;
    cJSON *results; /* one object a figure */
};

/* One figure beside its floor. */
struct figure {
    const char *name, *unit, *floor_name;
    double ours[BENCH_MAX_ROUNDS], floor[BENCH_MAX_ROUNDS];
    int count;
    double least_ratio, most, least; /* targets; 0: none */
};

double median(const double *numbers, int count);
/* Prints it, and whether its target was met, and adds it to the results. */
void figure_print(struct bench *bench, const struct figure *figure);

/* A second process that serves on a loopback port, until server_stop(). */
struct server {
    pid_t pid;
    int port;
    const char *line; /* the first line that it printed, in the bench's arena */
};

/* Starts this program with these arguments (the last one NULL) and reads its first line. */
bool server_start(struct bench *bench, const char *const *arguments, struct server *ret);
void server_stop(struct server *server);
/* The proportional set size of a process in MiB; -1 when the system does not tell. */
double server_memory(pid_t pid);

/* What a load sends again and again, over 16 connections that are kept. */
struct load {
    int port;
    const char *method, *path, *headers; /* "Name: value" lines with \r\n at their ends */
    const char *body;                    /* NULL: none */
};

/* Answers with a 20x a second, from a second process; -1 after a message when another status came.
 */
double load_rate(struct bench *bench, const struct load *load, int ms);
/* Whether wrk makes the load, or the bench's own client. */
bool load_by_wrk(void);

/* The published test key that signs tokens, where the worlds are; NULL when it is not there. */
struct crypto_key *bench_signing_key(void);

/* The second processes of the bench: `bench --floor …` and `bench --client …`. */
int floor_main(int argc, char **argv);
int client_main(int argc, char **argv);

/* A request to a tenant in this process; what it answered is in the arena. */
struct sample {
    struct arena *arena;
    const char *body;
    size_t len;
    int status;
};
struct mocktenant;
bool bench_ask(struct mocktenant *mock, const struct load *load, struct sample *ret);
/* A key of the line that a server prints. */
const char *bench_key(struct bench *bench, const char *line, const char *name);
/*
 * Rounds of ours and the floor's, one after the other, so that what disturbs the machine disturbs
 * both; `floor_len` is the length of the floor's body.
 */
bool bench_measure(struct bench *bench, struct server *ours, struct load *load,
                   const char *floor_kind, size_t floor_len, struct figure *figure);

/* One file a figure (or two that belong together). False after a message. */
bool bench_start(struct bench *bench);
bool bench_rates(struct bench *bench);
bool bench_organization(struct bench *bench);
bool bench_worlds(struct bench *bench);
bool bench_story(struct bench *bench);
bool bench_sync(struct bench *bench);
bool bench_memory(struct bench *bench);
