/*
 * What the sync reads from outside: pages of rows, outcomes, activities and field lists. Whatever
 * comes, a page is taken whole or refused whole, and what is taken has keys and versions.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/guid.h"
#include "dataverse/rows.h"
#include "dataverse/side.h"
#include "mapping/mapping.h"
#include "mapping/record.h"
#include "marketo/activities.h"
#include "marketo/people.h"

static struct sync_field fields[] = {
    {.id = 1, .name = "firstname", .target = "firstName", .kind = SYNC_TEXT},
    {.id = 2, .name = "createdon", .target = "msftCreatedDate", .kind = SYNC_TIME},
    {.id = 3, .name = "donotphone", .target = "doNotCall", .kind = SYNC_BOOLEAN},
    {.id = 4, .name = "parentcustomerid", .target = "externalCompanyId", .kind = SYNC_ACCOUNT},
    {.id = 5, .name = "revenue", .target = "annualRevenue", .kind = SYNC_NUMBER},
    {.id = 6, .name = "leadsourcecode", .target = "leadSource", .kind = SYNC_CHOICE},
};

static void read_rows(const char *text, size_t size)
{
    AUTO(arena) arena = {0};
    struct sync_mapping mapping = {
        .entity = &sync_entities[2], .fields = fields, .count = ARRAY_LEN(fields)};
    const struct sync_read read = {.mapping = &mapping};
    struct sync_page_text page;
    const cJSON *row = NULL;
    struct err err;

    sync_mapping_index(&arena, &mapping);
    if (!sync_page_open(&arena, text, size, &page, &err)) {
        return;
    }
    while (sync_page_next(&arena, &page, &row, &err) && row != NULL) {
        AUTO(strbuf) packed = STRBUF(0);
        struct sync_values again;
        struct sync_problem problem;
        struct sync_record record;

        if (!sync_dataverse_record(&arena, &read, row, &record, &problem)) {
            continue;
        }
        sync_values_pack(&record.values, &packed);
        if (!guid_valid(record.key) || (!record.gone && record.etag == NULL) ||
            !sync_values_unpack(&arena, strbuf_text(&packed), packed.len, &again) ||
            again.count != record.values.count) {
            abort();
        }
    }
}

static void read_marketo(const char *text, size_t size)
{
    AUTO(arena) arena = {0};
    struct sync_written written[3];
    struct sync_marketo_answer answer = {0};
    struct sync_activities activities;
    struct sync_mapping mapping;
    struct sync_problem problem;
    struct err err;
    cJSON *root;

    if (!json_parse(&arena, text, size, JSON_PLAIN, &root, &err)) {
        return;
    }
    answer = (struct sync_marketo_answer){.root = root,
                                          .result = json_get(root, "result"),
                                          .next = json_get_text(root, "nextPageToken")};
    (void)sync_people_outcomes(&answer, ARRAY_LEN(written), written, &problem);
    (void)sync_activities_read(&arena, &answer, &activities, &problem);
    if (sync_mapping_read(&arena, answer.result, &sync_entities[1], &mapping, &err)) {
        sync_mapping_index(&arena, &mapping);
        (void)sync_mapping_text(&arena, &mapping);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL) {
        abort();
    }
    memcpy(text, data, size);
    text[size] = '\0';
    read_rows(text, size);
    read_marketo(text, size);
    free(text);
    return 0;
}
