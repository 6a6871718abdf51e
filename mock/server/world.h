/* A running world: its database, clock, chance and lock. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/db.h"
#include "base/json.h"
#include "base/log.h"
#include "base/random.h"

struct mocktenant;
struct mock_journal;
struct mock_faults;
struct mock_held;
struct mock_tokens;
struct mock_listener;
struct mock_snapshot;

/*
 * All members but `lock` are used with the lock held, or never change. A request holds it from its
 * route to its commit, so that the world stands still for everybody else meanwhile.
 */
struct mock_world {
    struct mocktenant *hub; /* the process-wide part: further worlds, certificates */
    char id[16];            /* "world-1" */
    char *name;             /* from the world file */
    pthread_mutex_t lock;
    struct db *db;
    struct clock clock;
    struct random random; /* what a request draws from; part of every snapshot */
    uint64_t seed;
    struct log log;
    struct mock_journal *journal;
    struct mock_faults *faults;
    struct mock_held *held;          /* answers that wait */
    struct mock_tokens *tokens;      /* bearer tokens verified before: mock/entra/ */
    struct mock_listener *listener;  /* NULL in `direct` */
    struct mock_snapshot *snapshots; /* newest first; the last one is the start */
    /* Plain secrets that the world's line may show: name → text, in memory only. */
    struct arena secrets_arena;
    cJSON *secrets;
};
