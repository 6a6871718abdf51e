/* crmsync fields: list, select, refresh, quick-sync. */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"
#include "cli/cli.h"

static void print_list(const cJSON *result)
{
    const cJSON *field;
    const char *last = "";

    cJSON_ArrayForEach(field, json_get(result, "fields"))
    {
        const char *entity = json_get_text(field, "entity");
        const char *target = json_get_text(json_get(field, "marketo"), "name");

        if (!str_eq(entity, last)) {
            printf("%s%s\n", *last != '\0' ? "\n" : "", entity);
            last = entity;
        }
        printf("  [%c] %-32s %-12s %s\n", json_get_bool(field, "selected", false) ? 'x' : ' ',
               json_get_text(field, "name"), json_get_text(field, "type"),
               target != NULL ? target : "");
    }
}

static void print_names(const char *title, const cJSON *list)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        printf("  %-8s %s.%s\n", title, json_get_text(item, "entity"), json_get_text(item, "name"));
    }
}

static void print_refresh(const cJSON *result)
{
    print_names("new", json_get(result, "added"));
    print_names("gone", json_get(result, "removed"));
    printf("  The field list is saved.\n");
}

static void print_selected(const cJSON *result)
{
    const cJSON *entity;

    cJSON_ArrayForEach(entity, json_get(result, "selected"))
    {
        printf("  %-12s %d fields\n", entity->string, cJSON_GetArraySize(entity));
    }
}

static void print_queued(const cJSON *result)
{
    (void)result;
    printf("  Queued: the next passes carry these fields of all records.\n");
}

/* "lead=firstname,lastname" → {"lead": ["firstname", "lastname"]} */
static bool add_selection(cJSON *fields, const char *text)
{
    const char *equals = strchr(text, '=');
    AUTO(arena) arena = {0};
    cJSON *names;
    char *rest;

    if (equals == NULL || equals == text) {
        return false;
    }
    names = cJSON_AddArrayToObject(fields, arena_dup(&arena, text, (size_t)(equals - text)));
    rest = arena_strdup(&arena, equals + 1);
    for (char *save, *name = strtok_r(rest, ",", &save); name != NULL;
         name = strtok_r(NULL, ",", &save)) {
        cJSON_AddItemToArray(names, cJSON_CreateString(name));
    }
    return true;
}

static bool read_selection(const struct cli_options *options, cJSON *with)
{
    cJSON *fields;

    if (options->rest_count == 2 && str_eq(options->rest[1], "default")) {
        cJSON_AddStringToObject(with, "fields", "default");
        return true;
    }
    fields = cJSON_AddObjectToObject(with, "fields");
    for (size_t i = 1; i < options->rest_count; i++) {
        if (!add_selection(fields, options->rest[i])) {
            return false;
        }
    }
    return options->rest_count > 1;
}

static bool read_entity(const struct cli_options *options, cJSON *with)
{
    if (options->rest_count > 1) {
        cJSON_AddStringToObject(with, "entity", options->rest[1]);
    }
    return options->rest_count <= 2;
}

static bool read_nothing(const struct cli_options *options, cJSON *with)
{
    (void)with;
    return options->rest_count == 1;
}

static bool read_names(const struct cli_options *options, cJSON *with)
{
    cJSON *fields = cJSON_AddArrayToObject(with, "fields");

    for (size_t i = 1; i < options->rest_count; i++) {
        cJSON_AddItemToArray(fields, cJSON_CreateString(options->rest[i]));
    }
    return options->rest_count > 1;
}

static const struct {
    const char *word, *operation, *expected;
    bool (*read)(const struct cli_options *options, cJSON *with);
    void (*print)(const cJSON *result);
} actions[] = {
    {"list", "fields.list", "crmsync fields list [ENTITY]", read_entity, print_list},
    {"select", "setup.select-fields",
     "crmsync fields select default, or crmsync fields select lead=firstname,lastname account=name",
     read_selection, print_selected},
    {"refresh", "fields.refresh", "crmsync fields refresh", read_nothing, print_refresh},
    {"quick-sync", "fields.quick-sync", "crmsync fields quick-sync NAME...", read_names,
     print_queued},
};

int cli_fields(const struct cli_command *command, const struct cli_options *options)
{
    const char *word = options->rest_count > 0 ? options->rest[0] : "list";
    AUTO(cli_session) session = {0};
    enum crmsync_outcome outcome;
    size_t i = 0;
    cJSON *with, *result;
    int status;

    while (i < ARRAY_LEN(actions) && !str_eq(actions[i].word, word)) {
        i++;
    }
    with = json_new_object(&session.arena);
    if (i == ARRAY_LEN(actions) || (options->rest_count > 0 && !actions[i].read(options, with))) {
        cli_complain(
            i == ARRAY_LEN(actions) ? "fields: expected list, select, refresh or quick-sync"
                                    : "fields: wrong use",
            "",
            i == ARRAY_LEN(actions) ? "crmsync fields --help tells more." : actions[i].expected);
        arena_finish(&session.arena);
        return CRMSYNC_USAGE;
    }
    if (!cli_session_open(options, &session, &status)) {
        return status;
    }
    outcome = cli_session_call(&session, actions[i].operation, with, &result);
    if (outcome != CRMSYNC_DONE) {
        cli_complain_result(options, command->name, result);
    } else if (options->json) {
        cli_print_json(result);
    } else {
        actions[i].print(result);
    }
    return (int)outcome;
}
