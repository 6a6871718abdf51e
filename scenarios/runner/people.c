/* Whose token goes with a request: fetched as any client fetches it, and kept while it is good. */
#include <string.h>

#include "base/auto.h"
#include "base/uri.h"
#include "runner/story.h"

enum { SPARE_MS = 60 * 1000 };

static const char integration[] = "Marketo Integration";

static const char *info(const struct run_story *story, const char *key)
{
    return json_get_text(story->info, key);
}

/* Who is who: an application by its id, or a user who signs in through one. */
struct client {
    const char *id, *secret;
    const char *username, *password; /* NULL: client credentials */
};

static bool nobody_such(struct run_story *story, const char *who, const char *why)
{
    return run_failf(story, "as \"%s\": %s", who, why);
}

/* The application of that name as it exists now, and the secret that was made last. */
static bool find_integration(struct run_story *story, const char *who, struct client *ret)
{
    const cJSON *rows, *row;

    if (!run_rows(story, "graph/applications", &rows)) {
        return false;
    }
    cJSON_ArrayForEach(row, rows)
    {
        if (str_eq(json_get_text(row, "displayName"), integration)) {
            ret->id = json_get_text(row, "appId");
        }
    }
    if (ret->id == NULL) {
        return nobody_such(story, who, "there is no application \"Marketo Integration\" yet");
    }
    ret->secret = story->last_secret != NULL ? story->last_secret : info(story, "client_secret");
    return ret->secret != NULL ||
           nobody_such(story, who, "the application \"Marketo Integration\" has no secret yet");
}

static bool find_admin(struct run_story *story, const char *who, struct client *ret)
{
    ret->id = info(story, "admin_client_id");
    ret->secret = info(story, "admin_client_secret");
    return (ret->id != NULL && ret->secret != NULL) ||
           nobody_such(story, who, "this world has no application that administers it");
}

static bool find_user(struct run_story *story, const char *who, struct client *ret)
{
    ret->username = info(story, "username");
    ret->password = info(story, "password");
    return ((ret->username != NULL && ret->password != NULL) ||
            nobody_such(story, who, "this world has no sync user")) &&
           find_integration(story, who, ret);
}

static bool find_connector(struct run_story *story, const char *who, struct client *ret)
{
    ret->id = info(story, "marketo_client_id");
    ret->secret = info(story, "marketo_client_secret");
    return (ret->id != NULL && ret->secret != NULL) ||
           nobody_such(story, who, "this world has no such API user of Marketo");
}

static bool find_other(struct run_story *story, const char *who, struct client *ret)
{
    ret->id = info(story, "marketo_other_client_id");
    ret->secret = info(story, "marketo_other_client_secret");
    return (ret->id != NULL && ret->secret != NULL) ||
           nobody_such(story, who, "this world has no such API user of Marketo");
}

static const struct person {
    const char *name;
    bool marketo; /* of Marketo, else of the directory */
    bool (*find)(struct run_story *story, const char *who, struct client *ret);
} people[] = {
    {"directory-admin", false, find_admin}, {"integration-app", false, find_integration},
    {"sync-user", false, find_user},        {"marketo-connector", true, find_connector},
    {"marketo-other", true, find_other},
};

static const struct person *person_of(const char *who)
{
    for (size_t i = 0; i < ARRAY_LEN(people); i++) {
        if (strcmp(people[i].name, who) == 0) {
            return &people[i];
        }
    }
    return NULL;
}

static bool ask_directory(struct run_story *story, const struct client *client, const char *host,
                          struct run_answer *answer)
{
    static const struct mocktenant_header headers[] = {
        {"Content-Type", "application/x-www-form-urlencoded"}};
    AUTO(strbuf) form = STRBUF(0);
    struct run_request request = {.method = "POST",
                                  .host = "login.microsoftonline.com",
                                  .headers = headers,
                                  .header_count = ARRAY_LEN(headers)};

    strbuf_form_param(&form, "grant_type",
                      client->username != NULL ? "password" : "client_credentials");
    strbuf_form_param(&form, "client_id", client->id);
    strbuf_form_param(&form, "client_secret", client->secret);
    strbuf_form_param(&form, "scope", arena_printf(&story->arena, "https://%s/.default", host));
    if (client->username != NULL) {
        strbuf_form_param(&form, "username", client->username);
        strbuf_form_param(&form, "password", client->password);
    }
    request.target = arena_printf(&story->arena, "/%s/oauth2/v2.0/token", info(story, "tenant_id"));
    request.body = strbuf_text(&form);
    request.body_len = form.len;
    return run_send(story, &request, answer);
}

static bool ask_marketo(struct run_story *story, const struct client *client, const char *host,
                        struct run_answer *answer)
{
    AUTO(strbuf) query = STRBUF(0);
    struct run_request request = {.method = "GET", .host = host};

    strbuf_form_param(&query, "grant_type", "client_credentials");
    strbuf_form_param(&query, "client_id", client->id);
    strbuf_form_param(&query, "client_secret", client->secret);
    request.target = arena_printf(&story->arena, "/identity/oauth/token?%s", strbuf_text(&query));
    return run_send(story, &request, answer);
}

static struct run_token *find_token(struct run_story *story, const char *key)
{
    for (struct run_token *token = story->tokens; token != NULL; token = token->next) {
        if (strcmp(token->key, key) == 0 &&
            token->until_ms > mocktenant_now(story->mock) + SPARE_MS) {
            return token;
        }
    }
    return NULL;
}

static bool fetch(struct run_story *story, const struct person *person, const struct client *client,
                  const char *host, const char *key, const char **ret)
{
    struct run_token *token;
    struct run_answer answer;
    const char *text;

    if (!(person->marketo ? ask_marketo(story, client, host, &answer)
                          : ask_directory(story, client, host, &answer))) {
        return false;
    }
    text = json_get_text(answer.body, "access_token");
    if (answer.status != 200 || text == NULL) {
        return run_fail(story, arena_printf(&story->arena, "as %s", person->name),
                        arena_printf(&story->arena, "a token for %s", host),
                        answer.status == 0 ? answer.error : run_show(story, answer.body));
    }
    token = arena_alloc(&story->arena, sizeof *token);
    *token = (struct run_token){
        .next = story->tokens,
        .key = key,
        .text = text,
        .until_ms = mocktenant_now(story->mock) + json_get_int(answer.body, "expires_in", 0) * 1000,
    };
    story->tokens = token;
    *ret = text;
    return true;
}

bool run_token(struct run_story *story, const char *who, const char *service, const char *host,
               const char **ret)
{
    const struct person *person = person_of(who);
    bool marketo = strcmp(service, "marketo") == 0;
    struct client client = {0};
    const struct run_token *known;
    const char *key;

    *ret = NULL;
    if (person == NULL || strcmp(service, "entra") == 0 || strcmp(service, "aad") == 0 ||
        strcmp(service, "adfs") == 0) {
        return true; /* nobody has a token, and who asks for tokens needs none */
    }
    if (person->marketo != marketo) {
        return run_failf(story, "as \"%s\": has no account at %s", who, service);
    }
    if (!person->find(story, who, &client)) {
        return false;
    }
    key = arena_printf(&story->arena, "%s %s %s %s", who, host, client.id, client.secret);
    known = find_token(story, key);
    if (known != NULL) {
        *ret = known->text;
        return true;
    }
    return fetch(story, person, &client, host, key, ret);
}
