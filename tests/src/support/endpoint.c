#include "support/endpoint.h"

#include <string.h>

#include "cases.h"

static uint64_t submit(void *ctx, const struct crmsync_request *request, crmsync_done *done,
                       void *arg)
{
    struct endpoint *endpoint = ctx;

    strbuf_addf(&endpoint->sent, "%s %s\n", request->method, request->url);
    strbuf_add_n(&endpoint->sent, request->body, request->body_len);
    strbuf_add_char(&endpoint->sent, '\n');
    endpoint->done = done;
    endpoint->arg = arg;
    return ++endpoint->asked;
}

static void cancel(void *ctx, uint64_t id)
{
    (void)ctx;
    fail_msg("request %d was cancelled", (int)id);
}

static void deliver(void *ctx, int64_t until_ms)
{
    struct endpoint *endpoint = ctx;
    size_t n = endpoint->asked < endpoint->count ? endpoint->asked : endpoint->count;
    crmsync_done *done = endpoint->done;

    if (done == NULL) {
        endpoint->now_ms = until_ms;
        return;
    }
    endpoint->done = NULL;
    done(endpoint->arg, &(struct crmsync_response){.status = endpoint->rows[n - 1].status,
                                                   .body = endpoint->rows[n - 1].body,
                                                   .body_len = strlen(endpoint->rows[n - 1].body)});
}

static int64_t now(void *ctx)
{
    return ((struct endpoint *)ctx)->now_ms;
}

static void hear(void *ctx, const char *line)
{
    struct endpoint *endpoint = ctx;

    strbuf_addf(&endpoint->log, "%s\n", line);
}

void endpoint_begin(struct endpoint *endpoint, struct sync_env *env,
                    const struct endpoint_row *rows, size_t count, bool hears)
{
    const struct crmsync_env given = {.ctx = endpoint, .now = now, .log = hears ? hear : NULL};

    *endpoint = (struct endpoint){.rows = rows, .count = count, .now_ms = 1000000};
    sync_env_init(env, &given);
    env->transport = (struct crmsync_transport){endpoint, submit, cancel, deliver, NULL};
}

void endpoint_end(struct endpoint *endpoint)
{
    strbuf_finish(&endpoint->sent);
    strbuf_finish(&endpoint->log);
}
