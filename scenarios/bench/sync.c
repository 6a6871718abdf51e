/* An initial sync of 10,000 contacts: the real engine against the mock, in one process, without a
 * socket and over one. */
#include "bench/bench.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/random.h"
#include "base/str.h"
#include "crmsync.h"
#include "mocktenant.h"
#include "runner/carrier.h"

enum { CONTACTS = 10000, BATCH = 300 };

/* What stands in `ready` beside the contacts is copied too. */
static const char world[] =
    "{\"version\":1,\"extends\":\"ready\",\"limits\":\"off\",\"organizations\":[{\"host\":"
    "\"contoso.crm.dynamics.com\",\"generate\":{\"contacts\":10000,\"leads\":0,\"accounts\":25}}]}";

/* One world with an engine on it. */
struct rig {
    struct arena arena;
    struct mocktenant *mock;
    const cJSON *info;
    struct run_carrier *carrier;
    struct random random;
    struct crmsync *engine;
};

static int64_t now(void *ctx)
{
    return mocktenant_now(((struct rig *)ctx)->mock);
}

static void chance(void *ctx, void *bytes, size_t len)
{
    random_bytes(&((struct rig *)ctx)->random, bytes, len);
}

static char *secret(void *ctx, const char *name)
{
    static const struct {
        const char *name, *key;
    } table[] = {{"dynamics.clientSecret", "client_secret"},
                 {"marketo.clientSecret", "marketo_client_secret"},
                 {"admin.clientSecret", "admin_client_secret"}};
    const struct rig *rig = ctx;

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (strcmp(table[i].name, name) == 0) {
            return strdup(json_get_text(rig->info, table[i].key));
        }
    }
    return NULL;
}

static const char *configuration(struct rig *rig)
{
    const cJSON *info = rig->info;

    return arena_printf(
        &rig->arena,
        "{\"dynamics\":{\"tenant\":\"%s\",\"organization\":\"https://%s\",\"authMethod\":\"s2s\","
        "\"clientId\":\"%s\",\"username\":\"%s\"},\"marketo\":{\"munchkin\":\"%s\",\"clientId\":"
        "\"%s\"},\"state\":\":memory:\"}",
        json_get_text(info, "tenant_id"), json_get_text(info, "org_host"),
        json_get_text(info, "client_id"), json_get_text(info, "app_user"),
        json_get_text(info, "munchkin"), json_get_text(info, "marketo_client_id"));
}

static bool complain(const char *text)
{
    fprintf(stderr, "mocktenant bench: %s\n", text);
    return false;
}

static bool rig_begin(struct rig *rig, bool wire)
{
    const struct mocktenant_options options = {.world = world,
                                               .clock = "virtual",
                                               .held_by_clock = true,
                                               .listen = wire ? "127.0.0.1:0" : NULL};
    struct crmsync_transport transport;
    const struct crmsync_env env = {
        .ctx = rig, .transport = &transport, .now = now, .random = chance, .secret = secret};
    struct crmsync_error error = {0};
    char text[512];
    cJSON *info;
    const char *base, *ca;
    int64_t port = 0; /* direct */
    struct err err;

    rig->mock = mocktenant_start(&options, text, sizeof text);
    if (rig->mock == NULL) {
        return complain(text);
    }
    if (!json_parse(&rig->arena, mocktenant_info(rig->mock), strlen(mocktenant_info(rig->mock)),
                    JSON_PLAIN, &info, &err)) {
        return complain(err.text);
    }
    rig->info = info;
    random_seed(&rig->random, 1);
    base = json_get_text(info, "base");
    ca = json_get_text(info, "ca_file");
    if (wire) {
        (void)str_int(strrchr(base, ':') + 1, 1, 65535, &port);
    }
    rig->carrier = run_carrier_create(rig->mock, (int)port, wire ? ca : NULL);
    if (!run_carrier_transport(rig->carrier, &transport, &err)) {
        return complain(err.text);
    }
    rig->engine = crmsync_open(configuration(rig), &env, &error);
    return rig->engine != NULL || complain(error.message);
}

static void rig_end(struct rig *rig)
{
    crmsync_close(rig->engine);
    run_carrier_destroy(rig->carrier);
    mocktenant_stop(rig->mock);
    arena_finish(&rig->arena);
}

/* Records a second of one whole pass; what is made before it does not count. */
static bool pass_rate(bool wire, double *ret)
{
    struct rig rig = {0};
    char *text = NULL;
    cJSON *result;
    struct err err;
    bool good = rig_begin(&rig, wire);
    int64_t from = clock_steady_us();

    if (good) {
        run_carrier_begin(rig.carrier, rig.engine);
        good = crmsync_call(rig.engine, "sync.once", "{}", &text, NULL) == CRMSYNC_DONE;
        *ret = CONTACTS * 1e6 / (double)(clock_steady_us() - from);
        good = json_parse(&rig.arena, text, strlen(text), JSON_PLAIN, &result, &err) && good &&
               json_get_bool(result, "initialComplete", false);
        if (!good) {
            (void)complain(text);
        }
    }
    crmsync_free(text);
    rig_end(&rig);
    return good;
}

/* The journal alone: each record in and out of a table, a commit for each batch of 300. */
static bool journal_rate(double *ret)
{
    struct db *db = NULL;
    char body[400];
    int64_t from = clock_steady_us();
    struct err err;
    bool good = db_open(NULL, &db, &err) &&
                db_script(db,
                          "CREATE TABLE inbox (seq INTEGER PRIMARY KEY, key TEXT, body BLOB);"
                          "CREATE TABLE link (key TEXT PRIMARY KEY, other INTEGER) WITHOUT ROWID;",
                          &err);

    memset(body, 'x', sizeof body);
    for (int i = 0; i < CONTACTS && good; i += BATCH) {
        AUTO(db_txn) txn = {0};

        good = db_begin(db, &txn, &err);
        for (int j = i; j < i + BATCH && good; j++) {
            char key[40];

            snprintf(key, sizeof key, "%032x-%03d", (unsigned)(j * 2654435761U), j % 1000);
            good = db_run(db, "INSERT INTO inbox (key, body) VALUES (?, ?)",
                          DB_ARGS(db_text(key), db_blob(body, sizeof body)), &err) &&
                   db_run(db, "INSERT INTO link (key, other) VALUES (?, ?)",
                          DB_ARGS(db_text(key), db_int(j)), &err) &&
                   db_run(db, "DELETE FROM inbox WHERE seq = ?", DB_ARGS(db_int(j + 1)), &err);
        }
        good = good && db_commit(&txn, &err);
    }
    *ret = CONTACTS * 1e6 / (double)(clock_steady_us() - from);
    db_close(db);
    return good || complain(err.text);
}

static bool measure(struct bench *bench, const char *name, bool wire, double least)
{
    struct figure figure = {.name = name,
                            .unit = "records/s",
                            .floor_name = "an insert, a link and a delete each, in memory",
                            .least = least};

    for (int i = 0; i < bench->rounds; i++) {
        if (!pass_rate(wire, &figure.ours[i]) || !journal_rate(&figure.floor[i])) {
            return false;
        }
        figure.count++;
    }
    figure_print(bench, &figure);
    return true;
}

bool bench_sync(struct bench *bench)
{
    return measure(bench, "initial sync, 10,000, direct", false, 5000) &&
           measure(bench, "initial sync, 10,000, wire", true, 0);
}
