/* Token issue beside a handler that only signs; an application by its id beside one SELECT. */
#include "bench/bench.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "base/uri.h"
#include "mocktenant.h"

struct pair {
    struct server ours, floor;
};

static void take(void *arg, const struct mocktenant_response *response)
{
    struct sample *sample = arg;

    sample->status = response->status;
    sample->body = arena_dup(sample->arena, response->body, response->body_len);
    sample->len = response->body_len;
}

struct requests {
    struct load token, get;
    size_t token_len, get_len;
};

const char *bench_key(struct bench *bench, const char *line, const char *name)
{
    cJSON *info = NULL;
    struct err err;

    return json_parse(&bench->arena, line, strlen(line), JSON_PLAIN, &info, &err)
               ? json_get_text(info, name)
               : "";
}

bool bench_ask(struct mocktenant *mock, const struct load *load, struct sample *ret)
{
    struct mocktenant_header headers[2];
    struct mocktenant_request request = {.method = load->method,
                                         .target = load->path,
                                         .headers = headers,
                                         .body = load->body,
                                         .body_len = load->body != NULL ? strlen(load->body) : 0};

    for (const char *at = load->headers; *at != '\0'; at += strcspn(at, "\r") + 2) {
        size_t name = strcspn(at, ":"), line = strcspn(at, "\r");

        headers[request.header_count].name = arena_dup(ret->arena, at, name);
        headers[request.header_count].value = arena_dup(ret->arena, at + name + 2, line - name - 2);
        request.header_count++;
    }
    (void)mocktenant_submit(mock, &request, take, ret);
    if (ret->status / 100 != 2) {
        fprintf(stderr, "mocktenant bench: %s %s: HTTP %d\n", load->method, load->path,
                ret->status);
    }
    return ret->status / 100 == 2;
}

/* The requests of the load, and how long their answers are. */
static bool prepare(struct bench *bench, const char *line, struct requests *ret)
{
    const struct mocktenant_options options = {.world = "ready"};
    struct sample sample = {.arena = &bench->arena};
    AUTO(strbuf) form = STRBUF(0);
    struct mocktenant *mock;
    cJSON *json = NULL;
    char error[512];
    struct err err;
    bool good;

    strbuf_form_param(&form, "grant_type", "client_credentials");
    strbuf_form_param(&form, "client_id", bench_key(bench, line, "admin_client_id"));
    strbuf_form_param(&form, "client_secret", bench_key(bench, line, "admin_client_secret"));
    strbuf_form_param(&form, "scope", "https://graph.microsoft.com/.default");
    ret->token = (struct load){.method = "POST",
                               .path = arena_printf(&bench->arena, "/%s/oauth2/v2.0/token",
                                                    bench_key(bench, line, "tenant_id")),
                               .headers = "Content-Type: application/x-www-form-urlencoded\r\n",
                               .body = arena_strdup(&bench->arena, strbuf_text(&form))};
    mock = mocktenant_start(&options, error, sizeof error);
    if (mock == NULL) {
        fprintf(stderr, "mocktenant bench: %s\n", error);
        return false;
    }
    good = bench_ask(mock, &ret->token, &sample) &&
           json_parse(&bench->arena, sample.body, sample.len, JSON_PLAIN, &json, &err);
    ret->token_len = sample.len;
    if (good) {
        ret->get =
            (struct load){.method = "GET",
                          .path = arena_printf(&bench->arena, "/v1.0/applications(appId='%s')",
                                               bench_key(bench, line, "client_id")),
                          .headers = arena_printf(&bench->arena, "Authorization: Bearer %s\r\n",
                                                  json_get_text(json, "access_token"))};
        good = bench_ask(mock, &ret->get, &sample) &&
               json_parse(&bench->arena, sample.body, sample.len, JSON_PLAIN, &json, &err);
    }
    if (good) {
        ret->get.path =
            arena_printf(&bench->arena, "/v1.0/applications/%s", json_get_text(json, "id"));
        good = bench_ask(mock, &ret->get, &sample);
        ret->get_len = sample.len;
    }
    mocktenant_stop(mock);
    return good;
}

bool bench_measure(struct bench *bench, struct server *ours, struct load *load,
                   const char *floor_kind, size_t floor_len, struct figure *figure)
{
    const char *arguments[] = {"bench", "--floor", floor_kind,
                               arena_printf(&bench->arena, "%zu", floor_len), NULL};
    struct server floor = {0};
    struct load floor_load = *load;
    bool good = server_start(bench, arguments, &floor);

    load->port = ours->port;
    floor_load.port = floor.port;
    good = good && load_rate(bench, load, bench->round_ms / 2) > 0; /* warm */
    for (int i = 0; i < bench->rounds && good; i++) {
        figure->ours[i] = load_rate(bench, load, bench->round_ms);
        figure->floor[i] = load_rate(bench, &floor_load, bench->round_ms);
        figure->count++;
        good = figure->ours[i] > 0 && figure->floor[i] > 0;
    }
    server_stop(&floor);
    if (good) {
        figure_print(bench, figure);
    }
    return good;
}

bool bench_rates(struct bench *bench)
{
    static const char *const arguments[] = {"serve", "--plain", "--limits", "off", NULL};
    struct figure token = {.name = "token issue (client credentials)",
                           .unit = "tokens/s",
                           .floor_name = "a microhttpd handler that only signs RS256",
                           .least_ratio = 0.8};
    struct figure get = {.name = "GET of an application by id",
                         .unit = "requests/s",
                         .floor_name = "microhttpd, one mutex, one prepared SELECT, a body as long",
                         .least_ratio = 0.6};
    struct requests requests;
    struct server ours;
    bool good;

    if (!server_start(bench, arguments, &ours)) {
        return false;
    }
    good = prepare(bench, ours.line, &requests) &&
           bench_measure(bench, &ours, &requests.token, "sign", requests.token_len, &token) &&
           bench_measure(bench, &ours, &requests.get, "select", requests.get_len, &get);
    server_stop(&ours);
    return good;
}
