/* ImportSolution. Source: dataverse-solution. */
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/guid.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "dataverse/caller.h"
#include "dataverse/install.h"
#include "dataverse/records.h"
#include "dataverse/wire.h"
#include "store/store.h"

/* "5.0.2.1" by its numbers. */
static int compare_versions(const char *a, const char *b)
{
    while (*a != '\0' || *b != '\0') {
        char *end_a, *end_b;
        long number_a = strtol(a, &end_a, 10), number_b = strtol(b, &end_b, 10);

        if (number_a != number_b) {
            return number_a < number_b ? -1 : 1;
        }
        a = *end_a == '.' ? end_a + 1 : "";
        b = *end_b == '.' ? end_b + 1 : "";
    }
    return 0;
}

static const char *job_data(struct mock_call *call, const struct package *package)
{
    return arena_printf(
        call->arena,
        "<importexportxml start=\"0\" stop=\"0\" progress=\"100\" processed=\"true\" "
        "succeeded=\"success\"><solutionManifests><solutionManifest id=\"%s\" processed=\"true\">"
        "<UniqueName>%s</UniqueName><result result=\"success\" errorcode=\"0\" errortext=\"\" />"
        "</solutionManifest></solutionManifests><upgradeSolutionPackageInformation>"
        "<currentVersion>9.2</currentVersion></upgradeSolutionPackageInformation>"
        "</importexportxml>",
        package->name, package->name);
}

static void put_job(struct mock_call *call, const char *id, const struct package *package,
                    const char *solution, const char *now)
{
    const struct dv_org *org = call->caller->org;
    const struct dv_entity *entity = dv_entity(org->schema, "importjob");
    struct dv_values values = dv_values_new(call->arena, entity);

    if (dv_exists(call, entity, id)) {
        id = mock_call_guid(call);
    }
    dv_put_name(&values, "importjobid", db_text(id));
    dv_fill_new(call, &values);
    dv_put_name(&values, "name", db_text("Customizations"));
    dv_put_name(&values, "solutionname", db_text(package->name));
    dv_put_name(&values, "solutionid", db_text(solution));
    dv_put_name(&values, "progress", db_real(100));
    dv_put_name(&values, "startedon", db_text(now));
    dv_put_name(&values, "completedon", db_text(now));
    dv_put_name(&values, "data", db_text(job_data(call, package)));
    dv_put_name(&values, "versionnumber", db_int(dv_next_version(call->db, org->ord)));
    dv_insert(call->db, &values);
}

static bool read_package(struct mock_call *call, struct mock_reply *reply, const cJSON *body,
                         struct package *ret)
{
    const char *text = json_get_text(body, "CustomizationFile");
    size_t len = 0;
    uint8_t *bytes =
        text != NULL ? crypto_base64_decode(call->arena, text, strlen(text), &len) : NULL;
    struct err err;

    if (bytes == NULL || len == 0) {
        dv_refuse(call, reply, DV_IMPORT_FILE,
                  "CustomizationFile is missing or is not the base64 of a file.", NULL, NULL, NULL);
        return false;
    }
    if (!package_read(call->arena, bytes, len, ret, &err)) {
        dv_refuse(call, reply, DV_IMPORT_FILE, arena_strdup(call->arena, err.text), NULL, NULL,
                  NULL);
        return false;
    }
    return true;
}

static bool check_version(struct mock_call *call, struct mock_reply *reply,
                          const struct package *package)
{
    const struct dv_org *org = call->caller->org;
    const char *installed = store_text(
        call->db, call->arena,
        arena_printf(call->arena, "SELECT version FROM o%lld_solution WHERE uniquename = ?",
                     (long long)org->ord),
        DB_ARGS(db_text(package->name)));

    if (installed != NULL && compare_versions(package->version, installed) < 0) {
        dv_refuse(call, reply, DV_IMPORT_OLDER, package->name, NULL, NULL, NULL);
        return false;
    }
    return true;
}

void dv_import(struct mock_call *call, struct mock_reply *reply)
{
    const struct dv_org *org = call->caller->org;
    const cJSON *body = dv_body(call, reply, "ImportSolution");
    const char *job = json_get_text(body, "ImportJobId"), *solution;
    struct dv_marketo_names names;
    char now[ISO8601_SIZE];
    struct package package;
    struct install install;

    if (body == NULL || !dv_need_misc(call, reply, DV_CUSTOMIZE, "prvImportCustomization") ||
        !read_package(call, reply, body, &package)) {
        return;
    }
    names = dv_marketo_names(call->db, call->arena, org->host);
    dv_marketo_rename(call->arena, &package, &names);
    if (!check_version(call, reply, &package)) {
        return;
    }
    iso8601_format_s(call->now_ms, now);
    install = (struct install){.db = call->db,
                               .arena = call->arena,
                               .ord = org->ord,
                               .host = org->host,
                               .user = call->caller->user->id,
                               .now = now,
                               .managed = package.managed,
                               .steps_enabled = json_get_bool(body, "PublishWorkflows", true),
                               .unit = org->business_unit};
    if (!install.steps_enabled) {
        mock_call_rule(call, "SETUP1-03");
    }
    solution = dv_install(&install, &package);
    put_job(call,
            guid_valid(job) ? str_lower(arena_strdup(call->arena, job)) : mock_call_guid(call),
            &package, solution, now);
    dv_nothing(reply);
}
