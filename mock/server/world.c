#include "server/world.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/iso8601.h"
#include "base/mem.h"
#include "control/fault.h"
#include "control/journal.h"
#include "entra/keys.h"
#include "entra/verify.h"
#include "server/held.h"
#include "server/info.h"
#include "server/services.h"
#include "server/vhost.h"
#include "store/file.h"
#include "store/images.h"
#include "store/load.h"
#include "store/pool.h"
#include "store/store.h"

struct mock_snapshot {
    struct mock_snapshot *next;
    int64_t id; /* 0: the start */
    uint8_t *image;
    size_t image_len;
    struct random random;
    int64_t clock_ms, seq;
};

/* About as long as most requests hold it. */
enum { PATIENCE_US = 200, TURNS = 16 };

static void turn(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

void mock_world_lock(struct mock_world *world)
{
    int64_t until;

    if (pthread_mutex_trylock(&world->lock) == 0) {
        return;
    }
    until = clock_steady_us() + world->patience_us;
    while (clock_steady_us() < until) {
        for (int i = 0; i < TURNS; i++) {
            turn();
        }
        if (pthread_mutex_trylock(&world->lock) == 0) {
            return;
        }
    }
    pthread_mutex_lock(&world->lock);
}

static struct mock_world *new_world(const struct mock_world_options *options)
{
    struct mock_world *world = mem_alloc(sizeof *world);

    pthread_mutex_init(&world->lock, NULL);
    world->patience_us = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? PATIENCE_US : 0;
    world->journal = mock_journal_create();
    world->faults = mock_faults_create();
    world->tokens = mock_tokens_create();
    world->held = mock_held_create(world, options->held_by_clock);
    world->held_by_clock = options->held_by_clock;
    world->log = options->log;
    world->store = mem_strdup(options->store);
    world->secrets = json_new_object(&world->secrets_arena);
    world->db = store_pool_take();
    return world;
}

/* "real", "virtual" (at the world's own time) or a date. */
static bool set_clock(struct mock_world *world, const char *text, int64_t own_ms, struct err *err)
{
    int64_t at_ms = own_ms;

    if (text == NULL || strcmp(text, "real") == 0) {
        clock_init_real(&world->clock);
        return true;
    }
    if (strcmp(text, "virtual") != 0 && !iso8601_parse(text, &at_ms)) {
        return err_set(err, ERR_CONFIG,
                       "the clock \"%.60s\" is not \"real\", \"virtual\" or a date such as "
                       "2026-01-15T09:00:00Z",
                       text);
    }
    clock_init_virtual(&world->clock, at_ms);
    return true;
}

/* The directory's rows, then those of each service. */
static bool load_all(struct world_load *load, struct err *err)
{
    if (!world_load(load, err)) {
        return false;
    }
    for (size_t i = 0; i < mock_service_count; i++) {
        if (mock_services[i]->load != NULL && !mock_services[i]->load(load, err)) {
            return false;
        }
    }
    return true;
}

/* Plain secrets of the world file and of the seed; what the store no longer knows is left out. */
static void show_secrets_again(struct mock_world *world, const cJSON *tree, struct random random)
{
    AUTO(arena) arena = {0};
    struct db *scratch = store_pool_take();
    struct world_load load = {.arena = &arena,
                              .world = tree,
                              .db = scratch,
                              .random = &random,
                              .start_ms = world->start_ms,
                              .secrets = world->secrets};
    struct err err;

    if (load_all(&load, &err)) {
        world_keep_known_secrets(world->db, world->secrets);
    }
    store_pool_give(scratch);
}

/* Fills the world from its store. */
static bool open_store(struct mock_world *world, const struct mock_world_options *options,
                       struct err *err)
{
    AUTO(arena) arena = {0};
    struct store_meta meta;
    struct random random;
    cJSON *tree;

    if (!store_file_load(options->store, world->db, &arena, &meta, err) ||
        !set_clock(world,
                   options->clock != NULL ? options->clock
                   : meta.clock_virtual   ? "virtual"
                                          : "real",
                   meta.clock_ms, err)) {
        return false;
    }
    world->name = mem_strdup(meta.name);
    world->reference = mem_strdup(meta.reference);
    world->seed = options->seed != 0 ? options->seed : meta.seed;
    world->start_ms = meta.start_ms;
    world->random = meta.random;
    if (options->seed != 0 && options->seed != meta.seed) {
        random_seed(&world->random, options->seed);
    }
    random_seed(&random, meta.seed);
    if (*meta.reference != '\0' &&
        world_read(&arena, meta.reference, options->world_dir, &tree, err)) {
        show_secrets_again(world, tree, random);
    }
    return true;
}

static void put_limits(struct mock_world *world, bool on)
{
    cJSON *limits = cJSON_CreateBool(on);

    store_setting_put(world->db, "tenant", "limits", limits);
    cJSON_Delete(limits);
}

/* Fills the world from a world file. */
static bool make_new(struct mock_world *world, const struct mock_world_options *options,
                     struct err *err)
{
    AUTO(arena) arena = {0};
    struct world_load load = {
        .arena = &arena, .db = world->db, .random = &world->random, .secrets = world->secrets};
    const char *reference = options->world != NULL ? options->world : "ready";
    struct store_image_key key;
    cJSON *tree = NULL;
    int64_t own_ms;

    if (options->tree != NULL) {
        reference = json_text(&arena, options->tree);
    }
    if (!world_read(&arena, reference, options->world_dir, &tree, err) ||
        !world_clock(tree, &own_ms, err) || !set_clock(world, options->clock, own_ms, err)) {
        return false;
    }
    world->name =
        mem_strdup(json_get_text(tree, "name") != NULL ? json_get_text(tree, "name") : "");
    world->reference = mem_strdup(*reference == '{' ? "" : reference);
    world->seed = options->seed != 0 ? options->seed : 1;
    world->start_ms = clock_now_ms(&world->clock);
    random_seed(&world->random, world->seed);
    load.world = tree;
    load.start_ms = world->start_ms;
    store_image_key(tree, world->seed, world->start_ms, &key);
    if (!store_image_find(&key, world->db, &world->random, world->secrets)) {
        if (!load_all(&load, err)) {
            return false;
        }
        store_image_keep(&key, world->db, &world->random, world->secrets);
    }
    put_limits(world, world_limits(tree));
    return true;
}

static void read_latencies(struct mock_world *world)
{
    static const char *const names[] = {[MOCK_ENTRA] = "latency.entra",
                                        [MOCK_ADFS] = "latency.adfs",
                                        [MOCK_GRAPH] = "latency.graph",
                                        [MOCK_DATAVERSE] = "latency.dataverse",
                                        [MOCK_MARKETO] = "latency.marketo"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        world->latency_ms[i] = store_setting_int(world->db, "tenant", names[i]);
    }
}

static void read_tenant(struct mock_world *world)
{
    AUTO(arena) arena = {0};
    const char *id = store_text(world->db, &arena, "SELECT id FROM tenant", DB_NO_ARGS);
    const char *adfs =
        store_text(world->db, &arena, "SELECT lower(adfs_host) FROM tenant", DB_NO_ARGS);

    snprintf(world->tenant_id, sizeof world->tenant_id, "%s", id != NULL ? id : "");
    snprintf(world->adfs_host, sizeof world->adfs_host, "%s", adfs != NULL ? adfs : "");
}

/* Each request asks for them. */
static void read_organizations(struct mock_world *world)
{
    AUTO(db_rows) rows = {0};
    size_t count = 0;
    int64_t most = store_int(world->db, "SELECT count(*) FROM organizations", DB_NO_ARGS, 0);

    world->org_hosts = mem_alloc(((size_t)most + 1) * sizeof *world->org_hosts);
    store_query(&rows, world->db, "SELECT host FROM organizations ORDER BY ord", DB_NO_ARGS);
    while (count < (size_t)most && store_next(&rows)) {
        world->org_hosts[count++] = mem_strdup(db_column_text(&rows, 0));
    }
}

bool mock_world_create(const struct mock_world_options *options, struct mock_world **ret,
                       struct err *err)
{
    struct mock_world *world = new_world(options);
    bool stored;

    if (options->store != NULL && !store_file_lock(options->store, &world->store_lock, err)) {
        mock_world_destroy(world);
        return false;
    }
    stored = options->store != NULL && store_file_exists(options->store);
    if (!(stored ? open_store(world, options, err) : make_new(world, options, err)) ||
        !entra_keys_load(err)) {
        mock_world_destroy(world);
        return false;
    }
    if (options->limits != NULL) {
        put_limits(world, strcmp(options->limits, "on") == 0);
    }
    read_latencies(world);
    read_tenant(world);
    read_organizations(world);
    mock_faults_load(world->faults, world->db);
    (void)mock_world_snapshot(world);
    *ret = world;
    return true;
}

static void snapshot_free(struct mock_snapshot *snapshot)
{
    mem_free(snapshot->image);
    mem_free(snapshot);
}

void mock_world_destroy(struct mock_world *world)
{
    mock_held_destroy(world->held);
    while (world->snapshots != NULL) {
        struct mock_snapshot *snapshot = world->snapshots;

        world->snapshots = snapshot->next;
        snapshot_free(snapshot);
    }
    mock_journal_destroy(world->journal);
    mock_faults_destroy(world->faults);
    mock_tokens_destroy(world->tokens);
    for (size_t i = 0; i < MOCK_CONTROL; i++) {
        if (mock_service_of[i]->drop != NULL) {
            mock_service_of[i]->drop(world->kept[i]);
        }
    }
    store_pool_give(world->db);
    pthread_mutex_destroy(&world->lock);
    arena_finish(&world->secrets_arena);
    for (size_t i = 0; world->org_hosts != NULL && world->org_hosts[i] != NULL; i++) {
        mem_free(world->org_hosts[i]);
    }
    mem_free(world->org_hosts);
    mem_free(world->info);
    store_file_unlock(world->store_lock);
    mem_free(world->store);
    mem_free(world->reference);
    mem_free(world->name);
    mem_free(world);
}

int64_t mock_world_snapshot(struct mock_world *world)
{
    struct mock_snapshot *snapshot = mem_alloc(sizeof *snapshot);
    struct err err;

    snapshot->id = world->snapshot_count++;
    snapshot->random = world->random;
    snapshot->clock_ms = clock_now_ms(&world->clock);
    snapshot->seq = mock_journal_seq(world->journal);
    if (!db_serialize(world->db, &snapshot->image, &snapshot->image_len, &err)) {
        snapshot_free(snapshot);
        return -1;
    }
    snapshot->next = world->snapshots;
    world->snapshots = snapshot;
    return snapshot->id;
}

static struct mock_snapshot **find(struct mock_world *world, int64_t id)
{
    struct mock_snapshot **at = &world->snapshots;

    while (*at != NULL && (*at)->id != id) {
        at = &(*at)->next;
    }
    return at;
}

bool mock_world_has_snapshot(struct mock_world *world, int64_t id)
{
    return *find(world, id) != NULL;
}

bool mock_world_restore(struct mock_world *world, int64_t id)
{
    struct mock_snapshot *snapshot = *find(world, id);
    struct err err;

    if (snapshot == NULL ||
        !db_deserialize(world->db, snapshot->image, snapshot->image_len, &err)) {
        return false;
    }
    world->epoch++;
    world->random = snapshot->random;
    clock_set(&world->clock, snapshot->clock_ms);
    mock_journal_rewind(world->journal, snapshot->seq);
    mock_faults_load(world->faults, world->db);
    return true;
}

bool mock_world_forget(struct mock_world *world, int64_t id)
{
    struct mock_snapshot **at = find(world, id);
    struct mock_snapshot *snapshot = *at;

    if (snapshot == NULL || id == 0) {
        return false;
    }
    *at = snapshot->next;
    snapshot_free(snapshot);
    return true;
}

cJSON *mock_world_snapshots(const struct mock_world *world, struct arena *arena)
{
    cJSON *list = json_new_array(arena);

    for (const struct mock_snapshot *at = world->snapshots; at != NULL; at = at->next) {
        char time[ISO8601_SIZE], id[24];
        cJSON *item;

        if (at->id == 0) {
            continue;
        }
        item = cJSON_CreateObject();
        snprintf(id, sizeof id, "%lld", (long long)at->id);
        iso8601_format(at->clock_ms, time);
        cJSON_AddStringToObject(item, "id", id);
        cJSON_AddStringToObject(item, "time", time);
        cJSON_InsertItemInArray(list, 0, item);
    }
    return list;
}

bool mock_world_save(struct mock_world *world, struct err *err)
{
    struct store_meta meta = {.name = world->name,
                              .reference = world->reference,
                              .seed = world->seed,
                              .start_ms = world->start_ms,
                              .clock_ms = clock_now_ms(&world->clock),
                              .clock_virtual = world->clock.is_virtual,
                              .random = world->random};

    return world->store == NULL || store_file_save(world->store, world->db, &meta, err);
}
