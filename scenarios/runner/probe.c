#include "runner/probe.h"

#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/str.h"
#include "mocktenant.h"
#include "runner/file.h"

/* One world while it is looked at. */
struct look {
    struct arena *arena;
    struct mocktenant *mock;
    struct run_complaints *complaints;
    cJSON *actions, *tables; /* their names; made when they are needed */
};

static const cJSON *ask(struct look *look, const char *path)
{
    char *body = NULL;
    cJSON *root = NULL;
    struct err err;

    if (mocktenant_control(look->mock, "GET", path, NULL, &body) == 200 && body != NULL) {
        (void)json_parse(look->arena, body, strlen(body), JSON_PLAIN, &root, &err);
    }
    mocktenant_free(body);
    return root;
}

/* Objects with `actor` and `name`, wherever they stand. */
static void add_actions(struct look *look, const cJSON *item)
{
    const char *actor = json_get_text(item, "actor"), *name = json_get_text(item, "name");
    const cJSON *child;

    name = name != NULL ? name : json_get_text(item, "action");
    if (actor != NULL && name != NULL) {
        cJSON_AddItemToArray(look->actions,
                             cJSON_CreateString(arena_printf(look->arena, "%s/%s", actor, name)));
        return;
    }
    cJSON_ArrayForEach(child, item)
    {
        add_actions(look, child);
    }
}

/* Names "service/table", wherever they stand. */
static void add_tables(struct look *look, const cJSON *item)
{
    const cJSON *child;

    if (cJSON_IsString(item) && strchr(item->valuestring, '/') != NULL) {
        cJSON_AddItemToArray(look->tables, cJSON_CreateString(item->valuestring));
    }
    cJSON_ArrayForEach(child, item)
    {
        add_tables(look, child);
    }
}

/* Complains about a name that is not in the list. */
static void judge(struct look *look, const struct run_scenario *scenario, const char *at,
                  const char *what, const char *name, const cJSON *list)
{
    struct run_words words = {.count = (size_t)cJSON_GetArraySize(list)};
    const char **names = arena_array(look->arena, words.count + 1, sizeof *names);
    const cJSON *child;
    size_t n = 0;
    char near[128];

    cJSON_ArrayForEach(child, list)
    {
        names[n++] = child->valuestring;
    }
    words.items = names;
    if (!run_words_have(&words, name)) {
        run_did_you_mean(name, names, n, near, sizeof near);
        run_complain(look->complaints, "%s: %s: expected %s, found \"%s\"%s", scenario->path, at,
                     what, name, near);
    }
}

static void look_at_person(struct look *look, const struct run_scenario *scenario,
                           const struct run_step *step)
{
    if (run_vars_any(step->value->valuestring)) {
        return;
    }
    if (look->actions == NULL) {
        look->actions = json_new_array(look->arena);
        add_actions(look, ask(look, "/_mock/actions"));
    }
    judge(look, scenario, json_pointer_add(look->arena, step->pointer, "person"),
          "an action of a person", step->value->valuestring, look->actions);
}

/* `dataverse@host/contacts` is the table `dataverse/contacts` of another organization. */
static const char *without_host(struct arena *arena, const char *table)
{
    const char *at = strchr(table, '@');

    return at == NULL ? table
                      : arena_printf(arena, "%.*s%s", (int)(at - table), table,
                                     strchr(at, '/') != NULL ? strchr(at, '/') : "");
}

static void look_at_state(struct look *look, const struct run_scenario *scenario,
                          const struct run_step *step, const cJSON *state)
{
    const char *at = json_pointer_add(
        look->arena, json_pointer_add(look->arena, step->pointer, "expect"), "state");
    const cJSON *child;

    if (look->tables == NULL) {
        look->tables = json_new_array(look->arena);
        add_tables(look, ask(look, "/_mock/state"));
    }
    cJSON_ArrayForEach(child, state)
    {
        if (!run_vars_any(child->string)) {
            judge(look, scenario, json_pointer_add(look->arena, at, child->string),
                  "a table of the state", without_host(look->arena, child->string), look->tables);
        }
    }
}

static void look_at(struct look *look, const struct run_scenario *scenario)
{
    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct run_step *step = &scenario->steps[i];
        const cJSON *state = json_get(step->expect, "state");

        if (step->verb == RUN_PERSON) {
            look_at_person(look, scenario, step);
        }
        if (state != NULL) {
            look_at_state(look, scenario, step, state);
        }
    }
}

/* All scenarios from `first` on that begin in the same world. */
static void look_at_world(struct arena *arena, const struct run_scenarios *scenarios, size_t first,
                          struct run_complaints *complaints)
{
    const struct run_scenario *scenario = &scenarios->items[first];
    const struct mocktenant_options options = {
        .world = scenario->world, .world_dir = scenario->world_dir, .clock = "virtual"};
    struct look look = {.arena = arena, .complaints = complaints};
    char error[512] = "";

    look.mock = mocktenant_start(&options, error, sizeof error);
    if (look.mock == NULL) {
        run_complain(complaints, "%s: /world: %s", scenario->path, error);
        return;
    }
    for (size_t i = first; i < scenarios->count; i++) {
        if (strcmp(scenarios->items[i].world, scenario->world) == 0) {
            look_at(&look, &scenarios->items[i]);
        }
    }
    mocktenant_stop(look.mock);
}

bool run_probe(struct arena *arena, const struct run_scenarios *scenarios,
               struct run_complaints *complaints)
{
    for (size_t i = 0; i < scenarios->count; i++) {
        bool seen = false;

        for (size_t k = 0; k < i && !seen; k++) {
            seen = strcmp(scenarios->items[k].world, scenarios->items[i].world) == 0;
        }
        if (!seen) {
            look_at_world(arena, scenarios, i, complaints);
        }
    }
    return complaints->count == 0;
}

/* The source tree's fixtures, else the installed ones. */
static const char *fixture(struct arena *arena, const char *name)
{
    const char *path = arena_printf(arena, "%s/%s", SOURCE_FIXTURES, name);

    return access(path, R_OK) == 0 ? path : arena_printf(arena, "%s/%s", INSTALLED_FIXTURES, name);
}

bool run_rig_read(struct arena *arena, struct run_rig *ret, struct err *err)
{
    const char *path = fixture(arena, "crmsync/ready.json");
    const char *solution = fixture(arena, "dataverse/marketo-solution.zip");
    char *text;
    size_t len;
    cJSON *config;

    if (!run_file_read(arena, path, &text, &len, err)) {
        return false;
    }
    if (!json_parse(arena, text, len, JSON_COMMENTS, &config, err)) {
        return err_wrap(err, "%s", path);
    }
    ret->config = config;
    ret->config_dir = arena_dup(arena, path, (size_t)(strrchr(path, '/') - path));
    ret->solution = access(solution, R_OK) == 0 ? solution : NULL;
    return true;
}
