#include "server/hub.h"

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "entra/keys.h"
#include "mocktenant.h"
#include "server/hub_state.h"
#include "server/info.h"
#include "server/listener.h"
#include "server/tls.h"
#include "server/vhost.h"

enum { IDLE_S = 60, REMOVE_WAIT_S = 3 };

/* A TLS world takes 9 descriptors: the soft limit of most systems is soon reached. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool write_ca(struct mocktenant *hub, struct err *err)
{
    const char *tmp = getenv("TMPDIR");
    char path[4096];
    FILE *file;
    bool good;

    snprintf(path, sizeof path, "%s/mocktenant-XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
    if (mkdtemp(path) == NULL) {
        return err_set(err, ERR_STORE, "%s: %s", path, strerror(errno));
    }
    hub->ca_dir = mem_strdup(path);
    snprintf(path, sizeof path, "%s/ca.pem", hub->ca_dir);
    hub->ca_file = mem_strdup(path);
    file = fopen(path, "we");
    good = file != NULL && fputs(mock_ca_pem(hub->ca), file) >= 0;
    good = file != NULL && fclose(file) == 0 && good;
    return good || err_set(err, ERR_STORE, "%s: %s", path, strerror(errno));
}

/* A name or an address, and nothing that could be more than one of them in a certificate. */
static bool may_certify(const char *host)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET6, host, bytes) == 1 ||
           (*host != '\0' &&
            host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789.-")] == '\0');
}

/* Everything that the leaf covers: contract section 1, and the names of --allow-host. */
static const char **leaf_names(struct arena *arena, struct mock_world *world, const char *host)
{
    const struct mocktenant *hub = world->hub;
    const char **cloud = mock_vhost_names(arena, world->db);
    size_t count = 0, n = 0;
    const char **names;

    while (cloud[count] != NULL) {
        count++;
    }
    names = arena_array(arena, 3 * count + 10 + hub->allow_host_count, sizeof *names);
    names[n++] = "127.0.0.1";
    names[n++] = "::1";
    names[n++] = "localhost";
    if (may_certify(host)) {
        names[n++] = host;
    }
    for (size_t i = 0; i < hub->allow_host_count; i++) {
        if (may_certify(hub->allow_hosts[i])) {
            names[n++] = hub->allow_hosts[i];
        }
    }
    names[n++] = "*.mktorest.com";
    names[n++] = "*.crm.dynamics.com";
    names[n++] = "*.api.crm.dynamics.com";
    for (size_t i = 0; i < count; i++) {
        const char *dot = strchr(cloud[i], '.');

        names[n++] = cloud[i];
        /* The regions of the world's organizations, for those that come later. */
        if (dot != NULL && str_ends(cloud[i], ".dynamics.com") && !str_starts(dot, ".crm.") &&
            !str_starts(dot, ".api.crm.")) {
            names[n++] = arena_printf(arena, "*%s", dot);
        }
    }
    return names;
}

static bool start_listener(struct mocktenant *hub, struct mock_world *world, const char *listen,
                           bool plain, struct err *err)
{
    AUTO(arena) arena = {0};
    struct mock_listener_options options = {.listen = listen, .idle_s = hub->idle_s};
    char *key = NULL, *certificate = NULL;
    const char *host, *shown, *authority, *base;
    int port, fd;
    bool good = true;

    fd = mock_listener_bind(listen, &port, &host, &arena, err);
    if (fd < 0) {
        return false;
    }
    shown = strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0 ? "127.0.0.1" : host;
    authority = arena_printf(&arena, strchr(shown, ':') != NULL ? "[%s]:%d" : "%s:%d", shown, port);
    base = arena_printf(&arena, "%s://%s", plain ? "http" : "https", authority);
    if (!plain) {
        good = mock_ca_issue(hub->ca, leaf_names(&arena, world, host), &key, &certificate, err);
        options.key_pem = key;
        options.certificate_pem = certificate;
    }
    if (good) {
        world->info = mem_strdup(
            json_text(&arena, mock_info(&arena, world, base, plain ? NULL : hub->ca_file)));
        /* A request may come before this is over; it waits here until the world is whole. */
        pthread_mutex_lock(&world->lock);
        good = mock_listener_start(world, fd, authority, &options, &world->listener, err);
        pthread_mutex_unlock(&world->lock);
    } else {
        close(fd);
    }
    if (key != NULL) {
        mem_wipe(key, strlen(key));
    }
    mem_free(key);
    mem_free(certificate);
    return good;
}

static struct mock_world *first_world(struct mocktenant *hub)
{
    return hub->worlds;
}

/*
 * Gives it an id. False when the process ends already: nothing is added any more. From then on the
 * world may be removed at any time, so the caller looks at *ret_id only.
 */
static bool add_world(struct mocktenant *hub, struct mock_world *world,
                      char ret_id[MOCK_WORLD_ID_SIZE])
{
    struct mock_world **at = &hub->worlds;
    bool good;

    pthread_mutex_lock(&hub->lock);
    good = !hub->stop;
    while (good && *at != NULL) {
        at = &(*at)->next;
    }
    if (good) {
        snprintf(world->id, sizeof world->id, "world-%d", ++hub->world_count);
        memcpy(ret_id, world->id, sizeof world->id);
        *at = world;
    }
    pthread_mutex_unlock(&hub->lock);
    return good;
}

static void end_world(struct mock_world *world)
{
    struct err err;

    mock_listener_stop(world->listener);
    if (!mock_world_save(world, &err)) {
        log_event(&world->log, "store.failed", "%s", err.text);
    }
    mock_world_destroy(world);
}

/* Ends removed worlds: not on a thread of any world, so that two may remove each other. */
static void *run_reaper(void *arg)
{
    struct mocktenant *hub = arg;

    pthread_mutex_lock(&hub->lock);
    while (!hub->stop || hub->removed != NULL) {
        struct mock_world *world = hub->removed;

        if (world == NULL) {
            pthread_cond_wait(&hub->changed, &hub->lock);
            continue;
        }
        hub->removed = world->next;
        pthread_mutex_unlock(&hub->lock);
        end_world(world);
        pthread_mutex_lock(&hub->lock);
        hub->reaped++;
        pthread_cond_broadcast(&hub->changed);
    }
    pthread_mutex_unlock(&hub->lock);
    return NULL;
}

/* Hands a world over to the reaper, behind those that wait already; returns its number. */
static int64_t put_aside(struct mocktenant *hub, struct mock_world **at)
{
    struct mock_world *world = *at, **last = &hub->removed;

    *at = world->next;
    world->next = NULL;
    world->removed = true;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = world;
    if (!hub->reaper_runs) {
        hub->reaper_runs = pthread_create(&hub->reaper, NULL, run_reaper, hub) == 0;
    }
    pthread_cond_broadcast(&hub->changed);
    return ++hub->removals;
}

/*
 * Until that world has ended. Not if the asking one is removed meanwhile: its own end waits for
 * this call.
 */
static void await_end(struct mocktenant *hub, const struct mock_world *asking, int64_t number)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += REMOVE_WAIT_S;
    while (hub->reaped < number && !asking->removed && !hub->stop &&
           pthread_cond_timedwait(&hub->changed, &hub->lock, &until) == 0) {
    }
}

bool mock_hub_add(struct mocktenant *hub, const struct mock_world_options *options, bool plain,
                  struct arena *arena, cJSON **ret_info, struct err *err)
{
    struct mock_world *world;
    char id[MOCK_WORLD_ID_SIZE];

    if (hub->listen == NULL) {
        return err_set(err, ERR_STORE,
                       "this process has no listener, so a world would have no port");
    }
    if (!mock_world_create(options, &world, err)) {
        err->kind = ERR_CONFIG;
        return false;
    }
    world->hub = hub;
    if (!start_listener(hub, world, "127.0.0.1:0", plain, err) ||
        !json_parse(arena, world->info, strlen(world->info), JSON_PLAIN, ret_info, err)) {
        err->kind = ERR_STORE;
        end_world(world);
        return false;
    }
    if (!add_world(hub, world, id)) {
        end_world(world);
        return err_set(err, ERR_STORE, "this process is about to end");
    }
    cJSON_AddStringToObject(*ret_info, "id", id);
    return true;
}

enum mock_hub_remove mock_hub_remove(struct mocktenant *hub, const struct mock_world *asking,
                                     const char *id)
{
    enum mock_hub_remove result = HUB_REMOVED;
    struct mock_world **at = &hub->worlds;

    pthread_mutex_lock(&hub->lock);
    while (*at != NULL && strcmp((*at)->id, id) != 0) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        result = HUB_NO_SUCH_WORLD;
    } else if (at == &hub->worlds) {
        result = HUB_FIRST_WORLD;
    } else if (*at == asking) {
        result = HUB_OWN_WORLD;
    } else if (!hub->stop) { /* else it ends with the others */
        await_end(hub, asking, put_aside(hub, at));
    }
    pthread_mutex_unlock(&hub->lock);
    return result;
}

cJSON *mock_hub_list(struct mocktenant *hub, struct arena *arena)
{
    cJSON *list = json_new_array(arena);

    pthread_mutex_lock(&hub->lock);
    for (const struct mock_world *at = hub->worlds; at != NULL; at = at->next) {
        cJSON *item = cJSON_CreateObject(), *info = NULL;
        struct err err;

        cJSON_AddStringToObject(item, "id", at->id);
        cJSON_AddStringToObject(item, "world", at->name);
        cJSON_AddNumberToObject(item, "seed", (double)at->seed);
        if (json_parse(arena, at->info, strlen(at->info), JSON_PLAIN, &info, &err)) {
            cJSON_AddStringToObject(item, "base", json_get_text(info, "base"));
        }
        cJSON_AddItemToArray(list, item);
    }
    pthread_mutex_unlock(&hub->lock);
    return list;
}

struct mock_listener_counts mock_hub_counts(struct mock_world *world)
{
    struct mock_listener_counts counts = {0};

    if (world->listener != NULL) {
        counts.refused = mock_listener_refused(world->listener);
        counts.connections = mock_listener_connections(world->listener);
    }
    return counts;
}

const char *mock_hub_ca_pem(const struct mocktenant *hub)
{
    return hub->ca != NULL ? mock_ca_pem(hub->ca) : NULL;
}

bool mock_hub_plain(const struct mocktenant *hub)
{
    return hub->plain;
}

bool mock_hub_allows(const struct mocktenant *hub, const char *host)
{
    unsigned char bytes[16];

    if (strcmp(host, "localhost") == 0 || inet_pton(AF_INET, host, bytes) == 1 ||
        inet_pton(AF_INET6, host, bytes) == 1) {
        return true;
    }
    for (size_t i = 0; i < hub->allow_host_count; i++) {
        if (str_ieq(hub->allow_hosts[i], host)) {
            return true;
        }
    }
    return false;
}

static void copy_options(struct mocktenant *hub, const struct mocktenant_options *options)
{
    const char *colon = options->listen != NULL ? strrchr(options->listen, ':') : NULL;

    hub->listen = arena_strdup(&hub->arena, options->listen);
    hub->plain = options->plain;
    hub->idle_s = options->idle_s > 0 ? options->idle_s : IDLE_S;
    hub->allow_hosts =
        arena_array(&hub->arena, options->allow_host_count + 1, sizeof *hub->allow_hosts);
    for (size_t i = 0; i < options->allow_host_count; i++) {
        hub->allow_hosts[hub->allow_host_count++] =
            arena_strdup(&hub->arena, options->allow_hosts[i]);
    }
    if (colon != NULL) {
        hub->allow_hosts[hub->allow_host_count++] =
            arena_dup(&hub->arena, options->listen, (size_t)(colon - options->listen));
    }
}

/* A store that cannot be written should say so now, and not at the end. */
static bool first_save(struct mock_world *world, struct err *err)
{
    bool saved;

    pthread_mutex_lock(&world->lock);
    saved = mock_world_save(world, err);
    pthread_mutex_unlock(&world->lock);
    return saved;
}

/* What needs no world: made beside it, which saves a tenth of the start. */
static void *prepare(void *arg)
{
    struct mocktenant *hub = arg;
    struct err said_again;

    (void)entra_keys_load(&said_again);
    if (!hub->plain) {
        hub->ca = mock_ca_create();
    }
    return NULL;
}

static bool make_world(struct mocktenant *hub, const struct mock_world_options *options,
                       bool served, struct mock_world **ret, struct err *err)
{
    pthread_t beside;
    bool two = served && pthread_create(&beside, NULL, prepare, hub) == 0;
    bool good = mock_world_create(options, ret, err);

    if (two) {
        pthread_join(beside, NULL);
    } else if (served) {
        (void)prepare(hub);
    }
    return good;
}

static bool start(struct mocktenant *hub, const struct mocktenant_options *options, struct err *err)
{
    struct mock_world_options world_options = {
        .world = options->world,
        .world_dir = options->world_dir,
        .clock = options->clock,
        .limits = options->limits,
        .seed = options->seed,
        .store = options->store,
        .held_by_clock = options->held_by_clock,
        .log = {options->log, options->log_arg},
    };
    struct mock_world *world;
    char id[MOCK_WORLD_ID_SIZE];

    if (options->held_by_clock && (options->clock == NULL || strcmp(options->clock, "real") == 0)) {
        return err_set(err, ERR_CONFIG, "answers can wait for a virtual clock only");
    }
    if (!make_world(hub, &world_options, options->listen != NULL, &world, err)) {
        return false;
    }
    world->hub = hub;
    (void)add_world(hub, world, id);
    if (options->listen == NULL) {
        AUTO(arena) arena = {0};

        world->info =
            mem_strdup(json_text(&arena, mock_info(&arena, world, "https://127.0.0.1", NULL)));
        return true;
    }
    raise_descriptor_limit();
    /* What the making took is given back: a served world waits most of its time. */
    db_release(world->db);
    (void)malloc_trim(0);
    if (!options->plain && !write_ca(hub, err)) {
        return false;
    }
    return start_listener(hub, world, options->listen, options->plain, err) &&
           first_save(world, err);
}

struct mocktenant *mocktenant_start(const struct mocktenant_options *options, char *error,
                                    size_t error_size)
{
    struct mocktenant *hub = mem_alloc(sizeof *hub);
    pthread_condattr_t steady;
    struct err err = {0};

    pthread_mutex_init(&hub->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&hub->changed, &steady);
    pthread_condattr_destroy(&steady);
    copy_options(hub, options);
    if (start(hub, options, &err)) {
        return hub;
    }
    if (hub->worlds != NULL) {
        /* What did not start leaves its store as it was. */
        mem_free(hub->worlds->store);
        hub->worlds->store = NULL;
    }
    snprintf(error, error_size, "%s%s%s", err.text, *err.pointer != '\0' ? " at " : "",
             err.pointer);
    mocktenant_stop(hub);
    return NULL;
}

/* The last world first: the first one is what mocktenant_info() and the like are about. */
static void end_all(struct mocktenant *hub)
{
    bool more = true;

    while (more) {
        struct mock_world **at = &hub->worlds, *world;

        pthread_mutex_lock(&hub->lock);
        while (*at != NULL && (*at)->next != NULL) {
            at = &(*at)->next;
        }
        world = *at;
        *at = NULL;
        pthread_mutex_unlock(&hub->lock);
        more = world != NULL;
        if (more) {
            end_world(world);
        }
    }
}

void mocktenant_stop(struct mocktenant *hub)
{
    if (hub == NULL) {
        return;
    }
    pthread_mutex_lock(&hub->lock);
    hub->stop = true;
    pthread_cond_broadcast(&hub->changed);
    pthread_mutex_unlock(&hub->lock);
    if (hub->reaper_runs) {
        pthread_join(hub->reaper, NULL);
    }
    end_all(hub);
    if (hub->ca_file != NULL) {
        unlink(hub->ca_file);
        rmdir(hub->ca_dir);
    }
    mock_ca_destroy(hub->ca);
    mem_free(hub->ca_file);
    mem_free(hub->ca_dir);
    pthread_cond_destroy(&hub->changed);
    pthread_mutex_destroy(&hub->lock);
    arena_finish(&hub->arena);
    mem_free(hub);
}

const char *mocktenant_info(const struct mocktenant *hub)
{
    return hub->worlds->info;
}

int64_t mocktenant_now(const struct mocktenant *hub)
{
    return clock_now_ms(&hub->worlds->clock);
}

struct mock_world *mock_hub_first(struct mocktenant *hub)
{
    return first_world(hub);
}

void mocktenant_free(char *text)
{
    mem_free(text);
}
