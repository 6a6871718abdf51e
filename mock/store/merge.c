#include "store/merge.h"

#include "base/auto.h"
#include "base/str.h"

/* The element of `base` that has the same name as `over` by the first kind of name it has. */
static cJSON *same_element(const cJSON *base, const cJSON *over)
{
    static const char *const keys[] = {"id", "host", "munchkin", "name"};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const char *key = json_get_text(over, keys[i]);
        cJSON *element;

        if (key == NULL) {
            continue;
        }
        cJSON_ArrayForEach(element, base)
        {
            if (str_ieq(json_get_text(element, keys[i]), key)) {
                return element;
            }
        }
        return NULL;
    }
    return NULL;
}

static void merge_arrays(cJSON *base, const cJSON *over)
{
    const cJSON *element;

    cJSON_ArrayForEach(element, over)
    {
        cJSON *same = same_element(base, element);

        if (same != NULL) {
            world_merge(same, element);
        } else {
            cJSON_AddItemToArray(base, cJSON_Duplicate(element, true));
        }
    }
}

void world_merge(cJSON *base, const cJSON *over)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, over)
    {
        cJSON *below = json_get(base, child->string);

        if (below == NULL) {
            cJSON_AddItemToObject(base, child->string, cJSON_Duplicate(child, true));
        } else if (cJSON_IsObject(below) && cJSON_IsObject(child)) {
            world_merge(below, child);
        } else if (cJSON_IsArray(below) && cJSON_IsArray(child)) {
            merge_arrays(below, child);
        } else {
            cJSON_ReplaceItemInObjectCaseSensitive(base, child->string,
                                                   cJSON_Duplicate(child, true));
        }
    }
}
