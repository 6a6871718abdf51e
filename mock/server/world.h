/* A running world: its database, clock, chance and lock. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
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
struct store_lock;

enum { MOCK_SERVICE_IDS = 6, MOCK_WORLD_ID_SIZE = 24 };

/*
 * All members but `lock` are used with the lock held, or never change. A request holds it from its
 * route to its commit, so that the world stands still for everybody else meanwhile.
 */
struct mock_world {
    struct mock_world *next;     /* in the hub's list */
    struct mocktenant *hub;      /* the process-wide part: further worlds, certificates */
    char id[MOCK_WORLD_ID_SIZE]; /* "world-1" */
    bool removed;                /* under the hub's lock: it ends soon */
    char *name;                  /* from the world file */
    pthread_mutex_t lock;        /* a request takes it by mock_world_lock() */
    int64_t patience_us;         /* how long that tries */
    struct db *db;
    struct clock clock;
    struct random random; /* what a request draws from; part of every snapshot */
    uint64_t seed;
    struct log log;
    struct mock_journal *journal;
    struct mock_faults *faults;
    struct mock_held *held;               /* answers that wait */
    bool held_by_clock;                   /* they wait for the virtual clock, not for real time */
    atomic_bool stopping;                 /* nothing new is held */
    struct mock_tokens *tokens;           /* bearer tokens verified before: mock/entra/ */
    void *kept[MOCK_SERVICE_IDS];         /* what a service keeps in memory: its own structs */
    struct mock_listener *listener;       /* NULL in `direct` */
    struct mock_snapshot *snapshots;      /* newest first; the last one is the start */
    int64_t snapshot_count;               /* ever made: their ids */
    int64_t latency_ms[MOCK_SERVICE_IDS]; /* by enum mock_service_id */
    int64_t start_ms;                     /* the world's time when it was made */
    char adfs_host[256];                  /* lower case; "" when the tenant has no AD FS */
    char *
        *org_hosts; /* of its organizations, in their order, which never change; NULL at the end */
    int64_t epoch;  /* counts restores: what was looked up before is to be looked up again */
    char tenant_id[64];            /* never changes: a world is one tenant */
    char *reference;               /* the name or file it was made from; "" for a text */
    char *store;                   /* a file that keeps it; NULL: none */
    struct store_lock *store_lock; /* that file is ours alone */
    /* Plain secrets that the world's line may show, in memory only. */
    struct arena secrets_arena;
    cJSON *secrets;
    char *info; /* the keys of contract section 2 as JSON */
};

/* How to make one; texts are copied. */
struct mock_world_options {
    const char *world, *world_dir; /* as in mocktenant_options */
    const cJSON *tree;             /* a whole world instead; NULL: none */
    const char *clock;             /* "real", "virtual" or a date; NULL: real */
    const char *limits;            /* "on", "off"; NULL: as the world says */
    uint64_t seed;                 /* 0: as the store says, else 1 */
    const char *store;
    bool held_by_clock;
    struct log log;
};

/* Makes a world and its start snapshot. Fails with ERR_CONFIG. It has no id and no listener yet. */
bool mock_world_create(const struct mock_world_options *options, struct mock_world **ret,
                       struct err *err);
/* Its listener has been stopped before. */
void mock_world_destroy(struct mock_world *world);

/*
 * Takes the lock. Where somebody else has it, this turns round for a while before it sleeps: the
 * lock is held for tens of microseconds, and waking a thread takes as long.
 */
void mock_world_lock(struct mock_world *world);

/* The state of a moment. With the lock held; returns the new id. */
int64_t mock_world_snapshot(struct mock_world *world);
/* Back to it; 0 is the start. False when there is none of that id. With the lock held. */
bool mock_world_restore(struct mock_world *world, int64_t id);
bool mock_world_has_snapshot(struct mock_world *world, int64_t id);
bool mock_world_forget(struct mock_world *world, int64_t id);
/* The ids of all snapshots but the start, oldest first, each with its time: a JSON array in the
 * arena. */
cJSON *mock_world_snapshots(const struct mock_world *world, struct arena *arena);
/* Writes the image beside the store's file and renames it over. Nothing without a store. */
bool mock_world_save(struct mock_world *world, struct err *err);
