#include "cli/variables.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"

struct variable *variables_of(struct arena *arena, const char *info)
{
    struct variable *variables;
    cJSON *root = NULL, *item;
    size_t n = 0;
    struct err err;

    if (!json_parse(arena, info, strlen(info), JSON_PLAIN, &root, &err)) {
        return arena_array(arena, 1, sizeof *variables);
    }
    variables = arena_array(arena, (size_t)cJSON_GetArraySize(root) + 1, sizeof *variables);
    cJSON_ArrayForEach(item, root)
    {
        char *name = arena_printf(arena, "MOCKTENANT_%s", item->string);

        for (char *c = name; *c != '\0'; c++) {
            *c = (char)toupper((unsigned char)*c);
        }
        variables[n].name = name;
        variables[n].value = cJSON_IsString(item) ? cJSON_GetStringValue(item)
                             : cJSON_IsNull(item) ? ""
                                                  : json_text(arena, item);
        n++;
    }
    return variables;
}

void variables_print(FILE *to, const struct variable *variables)
{
    for (; variables->name != NULL; variables++) {
        fprintf(to, "export %s='", variables->name);
        for (const char *c = variables->value; *c != '\0'; c++) {
            fputs(*c == '\'' ? "'\\''" : (char[]){*c, '\0'}, to);
        }
        fputs("'\n", to);
    }
}
