/* Snapshot restore and a further world, beside a bare deserialize of an image as large. */
#include "bench/bench.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/mem.h"
#include "mocktenant.h"

enum { TIMES = 50 };

static bool restore_ms(struct mocktenant *mock, double *ret)
{
    int64_t from;

    if (mocktenant_control(mock, "POST", "/_mock/snapshots", NULL, NULL) != 201) {
        return false;
    }
    from = clock_steady_us();
    for (int i = 0; i < TIMES; i++) {
        if (mocktenant_control(mock, "POST", "/_mock/snapshots/1/restore", NULL, NULL) != 200) {
            return false;
        }
    }
    *ret = (double)(clock_steady_us() - from) / 1000 / TIMES;
    return mocktenant_control(mock, "DELETE", "/_mock/snapshots/1", NULL, NULL) == 204;
}

/* A whole further tenant in this process, made and ended. */
static bool world_ms(double *ret)
{
    const struct mocktenant_options options = {.world = "ready", .clock = "virtual"};
    int64_t from = clock_steady_us();
    char error[512];

    for (int i = 0; i < TIMES; i++) {
        struct mocktenant *mock = mocktenant_start(&options, error, sizeof error);

        if (mock == NULL) {
            fprintf(stderr, "mocktenant bench: %s\n", error);
            return false;
        }
        mocktenant_stop(mock);
    }
    *ret = (double)(clock_steady_us() - from) / 1000 / TIMES;
    return true;
}

/* An image of about the size of a ready world, put back on a warm connection. */
static bool floor_ms(double *ret)
{
    struct db *db = NULL;
    uint8_t *image = NULL;
    size_t len = 0;
    int64_t from, rows = 0;
    struct err err;
    bool good =
        db_open(NULL, &db, &err) &&
        db_script(db,
                  "CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT);"
                  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) "
                  "INSERT INTO t SELECT i, hex(zeroblob(2000)) FROM n;",
                  &err) &&
        db_serialize(db, &image, &len, &err);

    from = clock_steady_us();
    for (int i = 0; i < TIMES && good; i++) {
        good = db_deserialize(db, image, len, &err) &&
               db_query_int(db, "SELECT count(*) FROM t", DB_NO_ARGS, 0, &rows, &err) && rows == 40;
    }
    *ret = (double)(clock_steady_us() - from) / 1000 / TIMES;
    mem_free(image);
    db_close(db);
    return good;
}

bool bench_worlds(struct bench *bench)
{
    static const char floor[] = "deserialize of an image as large, and one SELECT";
    const struct mocktenant_options options = {.world = "ready", .clock = "virtual"};
    struct figure restore = {
        .name = "restore of a snapshot", .unit = "ms", .floor_name = floor, .most = 5};
    struct figure world = {.name = "a further world", .unit = "ms", .floor_name = floor, .most = 5};
    char error[512];
    struct mocktenant *mock;
    bool good = true;

    for (int i = 0; i < bench->rounds && good; i++) {
        mock = mocktenant_start(&options, error, sizeof error);
        good = mock != NULL && restore_ms(mock, &restore.ours[i]) && world_ms(&world.ours[i]) &&
               floor_ms(&restore.floor[i]);
        world.floor[i] = restore.floor[i];
        restore.count = world.count = i + 1;
        mocktenant_stop(mock);
    }
    if (good) {
        figure_print(bench, &restore);
        figure_print(bench, &world);
    }
    return good;
}
