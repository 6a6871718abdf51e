/*
 * An organization with ten thousand contacts, beside the same statements on the floor: one row by
 * its id, a page of fifty by an indexed column, a new row; and putting such a world back.
 */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/uri.h"
#include "mocktenant.h"

enum { RESTORES = 20 };

static const char world[] =
    "{\"version\":1,\"name\":\"ten-thousand\",\"extends\":\"ready\",\"organizations\":[{\"host\":"
    "\"contoso.crm.dynamics.com\",\"generate\":{\"accounts\":200,\"contacts\":10000,\"leads\":0,"
    "\"opportunities\":0}}]}";

/* Twenty-nine and the key; the whole of the address comes along. */
static const char thirty[] =
    "fullname,firstname,lastname,emailaddress1,jobtitle,telephone1,mobilephone,fax,address1_line1,"
    "address1_line2,address1_city,address1_stateorprovince,address1_postalcode,address1_country,"
    "department,_parentcustomerid_value,_ownerid_value,statecode,statuscode,donotemail,donotphone,"
    "donotbulkemail,donotfax,gendercode,birthdate,createdon,modifiedon,versionnumber";

static const char five[] = "fullname,emailaddress1,jobtitle,telephone1,statecode";

static const char body[] =
    "{\"firstname\":\"Ann\",\"lastname\":\"Young\",\"emailaddress1\":\"a.y@example.com\","
    "\"jobtitle\":\"Buyer\",\"telephone1\":\"555-1234\",\"address1_line1\":\"12 Main Street\","
    "\"address1_city\":\"Seattle\",\"address1_country\":\"United States\","
    "\"parentcustomerid_account@odata.bind\":\"/accounts(%s)\"}";

struct requests {
    struct load row, page5, page30, create;
    size_t row_len, page5_len, page30_len;
};

static bool write_world(char path[64])
{
    int fd;
    bool good;

    snprintf(path, 64, "/tmp/mocktenant-bench-XXXXXX.json");
    fd = mkstemps(path, 5);
    good = fd >= 0 && write(fd, world, sizeof world - 1) == (ssize_t)sizeof world - 1;
    if (fd >= 0) {
        close(fd);
    }
    if (!good) {
        fprintf(stderr, "mocktenant bench: %s cannot be written\n", path);
    }
    return good;
}

static const char *first(struct bench *bench, struct mocktenant *mock, struct load *load,
                         const char *pointer)
{
    struct sample sample = {.arena = &bench->arena};
    cJSON *json = NULL;
    struct err err;

    return bench_ask(mock, load, &sample) &&
                   json_parse(&bench->arena, sample.body, sample.len, JSON_PLAIN, &json, &err)
               ? cJSON_GetStringValue(json_pointer_get(json, pointer))
               : NULL;
}

static const char *token_headers(struct bench *bench, struct mocktenant *mock, const char *line)
{
    AUTO(strbuf) form = STRBUF(0);
    struct load load = {.method = "POST",
                        .path = arena_printf(&bench->arena, "/%s/oauth2/v2.0/token",
                                             bench_key(bench, line, "tenant_id")),
                        .headers = "Content-Type: application/x-www-form-urlencoded\r\n"};
    const char *token;

    strbuf_form_param(&form, "grant_type", "client_credentials");
    strbuf_form_param(&form, "client_id", bench_key(bench, line, "client_id"));
    strbuf_form_param(&form, "client_secret", bench_key(bench, line, "client_secret"));
    strbuf_form_param(&form, "scope", "https://contoso.crm.dynamics.com/.default");
    load.body = arena_strdup(&bench->arena, strbuf_text(&form));
    token = first(bench, mock, &load, "/access_token");
    return token == NULL ? NULL
                         : arena_printf(&bench->arena, "Authorization: Bearer %s\r\n", token);
}

static struct load get(struct bench *bench, const char *headers, const char *path)
{
    return (struct load){.method = "GET",
                         .path = arena_join(&bench->arena, "/api/data/v9.2/", path, NULL),
                         .headers = headers};
}

static bool length(struct bench *bench, struct mocktenant *mock, struct load *load, size_t *ret)
{
    struct sample sample = {.arena = &bench->arena};
    bool good = bench_ask(mock, load, &sample);

    *ret = sample.len;
    return good;
}

/* Asks a tenant in this process which ids there are: a world of the same seed has the same. */
static bool prepare(struct bench *bench, struct mocktenant *mock, const char *line,
                    struct requests *ret)
{
    struct arena *arena = &bench->arena;
    const char *headers = token_headers(bench, mock, line), *account, *contact;
    struct load ask;

    if (headers == NULL) {
        return false;
    }
    ask = get(bench, headers, "accounts?$select=name&$top=1");
    account = first(bench, mock, &ask, "/value/0/accountid");
    ask = get(bench, headers, "contacts?$select=fullname&$top=1");
    contact = first(bench, mock, &ask, "/value/0/contactid");
    if (account == NULL || contact == NULL) {
        return false;
    }
    ret->row = get(bench, headers, arena_printf(arena, "contacts(%s)?$select=%s", contact, thirty));
    ret->page5 = get(bench, headers,
                     arena_printf(arena,
                                  "contacts?$select=%s&$filter=_parentcustomerid_value%%20eq%%20%s"
                                  "&$top=50",
                                  five, account));
    ret->page30 = get(bench, headers,
                      arena_printf(arena,
                                   "contacts?$select=%s&$filter=_parentcustomerid_value%%20eq%%20%s"
                                   "&$top=50",
                                   thirty, account));
    ret->create = (struct load){
        .method = "POST",
        .path = "/api/data/v9.2/contacts",
        .headers = arena_join(arena, headers, "Content-Type: application/json\r\n", NULL),
        .body = arena_printf(arena, body, account)};
    return length(bench, mock, &ret->row, &ret->row_len) &&
           length(bench, mock, &ret->page5, &ret->page5_len) &&
           length(bench, mock, &ret->page30, &ret->page30_len);
}

/* The n-th snapshot of the world, put back again and again. */
static bool restore_ms(struct bench *bench, struct mocktenant *mock, int n, double *ret)
{
    const char *path = arena_printf(&bench->arena, "/_mock/snapshots/%d", n);
    const char *restore = arena_join(&bench->arena, path, "/restore", NULL);
    bool good = mocktenant_control(mock, "POST", "/_mock/snapshots", NULL, NULL) == 201;
    int64_t from = clock_steady_us();

    for (int i = 0; i < RESTORES && good; i++) {
        good = mocktenant_control(mock, "POST", restore, NULL, NULL) == 200;
    }
    *ret = (double)(clock_steady_us() - from) / 1000 / RESTORES;
    return good && mocktenant_control(mock, "DELETE", path, NULL, NULL) == 204;
}

/* A copy of as many bytes as such a world has, as SQLite takes it. */
static double copy_ms(size_t len)
{
    uint8_t *image = mem_alloc(len), *copy;
    int64_t from;

    memset(image, 1, len);
    from = clock_steady_us();
    for (int i = 0; i < RESTORES; i++) {
        copy = malloc(len);
        memcpy(copy, image, len);
        image[i] = copy[len / 2];
        free(copy);
    }
    from = clock_steady_us() - from;
    mem_free(image);
    return (double)from / 1000 / RESTORES;
}

static bool measure_restore(struct bench *bench, struct mocktenant *mock)
{
    struct figure figure = {.name = "restore of 10,000 records",
                            .unit = "ms",
                            .floor_name = "a copy of 12 MiB",
                            .most = 5};
    bool good = true;

    for (int i = 0; i < bench->rounds && good; i++) {
        good = restore_ms(bench, mock, i + 1, &figure.ours[i]);
        figure.floor[i] = copy_ms(12 << 20);
        figure.count = i + 1;
    }
    if (good) {
        figure_print(bench, &figure);
    }
    return good;
}

static bool measure_all(struct bench *bench, struct server *ours, struct requests *requests)
{
    static const char floor[] = "microhttpd, one mutex, the same SELECT, a body as long";
    struct figure row = {.name = "GET by id, 30 columns",
                         .unit = "requests/s",
                         .floor_name = floor,
                         .least_ratio = 0.5};
    struct figure page5 = {.name = "page of 50 of 10,000, 5 columns",
                           .unit = "requests/s",
                           .floor_name = floor,
                           .least_ratio = 0.5};
    struct figure page30 = {.name = "page of 50 of 10,000, 30 columns",
                            .unit = "requests/s",
                            .floor_name = floor,
                            .least_ratio = 0.4};
    struct figure create = {.name = "create",
                            .unit = "requests/s",
                            .floor_name = "microhttpd, one mutex, the same INSERT",
                            .least_ratio = 0.4};

    return bench_measure(bench, ours, &requests->row, "row", requests->row_len, &row) &&
           bench_measure(bench, ours, &requests->page5, "page5", requests->page5_len, &page5) &&
           bench_measure(bench, ours, &requests->page30, "page30", requests->page30_len, &page30) &&
           bench_measure(bench, ours, &requests->create, "insert", 0, &create);
}

bool bench_organization(struct bench *bench)
{
    char path[64], error[512];
    const char *const arguments[] = {"serve", "--plain", "--limits", "off", "--world", path, NULL};
    const struct mocktenant_options options = {.world = path, .limits = "off"};
    struct requests requests;
    struct mocktenant *mock;
    struct server ours = {0};
    bool good;

    if (!write_world(path)) {
        return false;
    }
    mock = mocktenant_start(&options, error, sizeof error);
    if (mock == NULL) {
        fprintf(stderr, "mocktenant bench: %s\n", error);
        unlink(path);
        return false;
    }
    good = measure_restore(bench, mock) && server_start(bench, arguments, &ours);
    unlink(path);
    good = good && prepare(bench, mock, ours.line, &requests);
    mocktenant_stop(mock);
    good = good && measure_all(bench, &ours, &requests);
    server_stop(&ours);
    return good;
}
