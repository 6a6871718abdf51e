#include "runner/words.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/str.h"

#define MEMBERS(what, table)                                                                       \
    {                                                                                              \
        .of = (what), .items = (table), .count = ARRAY_LEN(table)                                  \
    }
#define WORDS(what, table)                                                                         \
    {                                                                                              \
        .of = (what), .items = (table), .count = ARRAY_LEN(table)                                  \
    }

/* clang-format off */
static const struct run_member scenario_members[] = {
    {"scenario", RUN_KIND_TEXT, true, 0, "The name: a sentence that says what is true when it passes."},
    {"why", RUN_KIND_TEXT, false, 0, "Whom this happened to, and what it protects."},
    {"rules", RUN_KIND_RULES, false, 0, "Ids of the rules in scenarios/RULES.md that it shows."},
    {"world", RUN_KIND_WORLD, false, 0, "The world in which it begins: a name, or a world as an object. Default: ready."},
    {"config", RUN_KIND_OBJECT, false, 0, "Changes to the engine's configuration, merged member by member."},
    {"steps", RUN_KIND_STEPS, true, 0, "What happens, in order."},
    {"also", RUN_KIND_ALSO, false, 0, "Other ways in which the story is told again: repeat, interrupt, faults."},
};

#define ACTING (RUN_WITH(RUN_ENGINE) | RUN_WITH(RUN_PERSON))
#define ANSWERING (ACTING | RUN_WITH(RUN_REQUEST))

/* The verbs come first, in the order of enum run_verb. */
static const struct run_member step_members[] = {
    {"engine", RUN_KIND_OPERATION, false, RUN_WITH_ALL, "The engine does one of its operations; `with` are its parameters."},
    {"person", RUN_KIND_ACTION, false, RUN_WITH_ALL, "A person does something in a portal: actor/action; `with` are its parameters."},
    {"request", RUN_KIND_REQUEST, false, RUN_WITH_ALL, "Any HTTP client asks: METHOD service[@host] /path."},
    {"clock", RUN_KIND_MOMENT, false, RUN_WITH_ALL, "The world's clock moves: a duration (PT15M) or a date."},
    {"restart", RUN_KIND_RESTART, false, RUN_WITH_ALL, "The engine is closed and opened again on its database."},
    {"fault", RUN_KIND_FAULT, false, RUN_WITH_ALL, "The body of POST /_mock/faults, or \"clear\"."},
    {"expect", RUN_KIND_EXPECT, false, RUN_WITH_ALL, "What must be seen after the step; alone: looks, does nothing."},
    {"name", RUN_KIND_TEXT, false, RUN_WITH_ALL, "What the step is called."},
    {"with", RUN_KIND_OBJECT, false, ACTING, "Parameters of the operation or action."},
    {"as", RUN_KIND_WHO, false, RUN_WITH(RUN_REQUEST), "Whose token goes with the request; nobody's by default."},
    {"form", RUN_KIND_FORM, false, RUN_WITH(RUN_REQUEST), "A form as the body."},
    {"json", RUN_KIND_ANY, false, RUN_WITH(RUN_REQUEST), "JSON as the body."},
    {"headers", RUN_KIND_FORM, false, RUN_WITH(RUN_REQUEST), "Further headers."},
    {"save", RUN_KIND_SAVE, false, ANSWERING, "Names for later: name to JSON Pointer into the result or answer."},
};

static const struct run_member expect_members[] = {
    {"status", RUN_KIND_VALUE, false, RUN_WITH(RUN_REQUEST) | RUN_WITH(RUN_PERSON), "The HTTP status."},
    {"headers", RUN_KIND_NAMES, false, RUN_WITH(RUN_REQUEST), "Headers of the answer, whatever the case of their names."},
    {"body", RUN_KIND_POINTERS, false, RUN_WITH(RUN_REQUEST) | RUN_WITH(RUN_PERSON), "The body: JSON Pointer to value; the pointer \"\" is the whole."},
    {"outcome", RUN_KIND_OUTCOME, false, RUN_WITH(RUN_ENGINE), "done, failed, refused, unreachable or usage."},
    {"result", RUN_KIND_POINTERS, false, RUN_WITH(RUN_ENGINE), "The result of the operation: JSON Pointer to value."},
    {"error", RUN_KIND_VALUE, false, RUN_WITH(RUN_ENGINE), "The code of the operation's error."},
    {"clock", RUN_KIND_DATE, false, RUN_WITH_ALL, "The world's time."},
    {"journal", RUN_KIND_JOURNAL, false, RUN_WITH_ALL, "Requests that the services must have seen."},
    {"state", RUN_KIND_STATE, false, RUN_WITH_ALL, "Rows of the services' state: service/table to what is expected."},
    {"mail", RUN_KIND_MAIL, false, RUN_WITH_ALL, "Mails that must have been sent."},
    {"engine", RUN_KIND_POINTERS, false, RUN_WITH_ALL, "The engine's status: JSON Pointer to value."},
};

static const struct run_member journal_members[] = {
    {"service", RUN_KIND_TEXT, false, 0, "Which service was asked."},
    {"method", RUN_KIND_TEXT, false, 0, "The method."},
    {"path", RUN_KIND_TEXT, false, 0, "The path without its query; * stands for any run within a segment."},
    {"route", RUN_KIND_TEXT, false, 0, "The route's template."},
    {"status", RUN_KIND_NUMBER, false, 0, "The status of the answer."},
    {"body_contains", RUN_KIND_TEXT, false, 0, "A text in the request's body."},
    {"contains", RUN_KIND_TEXT, false, 0, "A text anywhere in the exchange."},
    {"count", RUN_KIND_VALUE, false, 0, "How many; at least one by default."},
    {"since", RUN_KIND_STEP_NAME, false, 0, "The name of an earlier step: only what came after its end."},
};

static const struct run_member rows_members[] = {
    {"where", RUN_KIND_NAMES, false, 0, "Which rows: column to value."},
    {"count", RUN_KIND_VALUE, false, 0, "How many rows."},
    {"row", RUN_KIND_POINTERS, false, 0, "What each of them holds: JSON Pointer to value; without count there must be exactly one."},
};

static const struct run_member mail_members[] = {
    {"to", RUN_KIND_VALUE, false, 0, "The address."},
    {"kind", RUN_KIND_MAIL_KIND, false, 0, "initial_sync_done, quick_sync_done, sync_down or error_digest."},
    {"count", RUN_KIND_VALUE, false, 0, "How many; at least one by default."},
};

static const struct run_member restart_members[] = {
    {"config", RUN_KIND_OBJECT, false, 0, "Changes to the engine's configuration."},
};

static const struct run_member fault_members[] = {
    {"match", RUN_KIND_FAULT_MATCH, false, 0, "Which requests; all members are optional."},
    {"action", RUN_KIND_FAULT_ACTION, true, 0, "What happens to them."},
    {"times", RUN_KIND_NUMBER, false, 0, "How often; without it until the rule is removed."},
};

static const struct run_member fault_match_members[] = {
    {"service", RUN_KIND_TEXT, false, 0, "The service."},
    {"route", RUN_KIND_TEXT, false, 0, "The route's template."},
    {"method", RUN_KIND_TEXT, false, 0, "The method."},
    {"path", RUN_KIND_TEXT, false, 0, "The path without its query; * stands for any run within a segment."},
    {"nth", RUN_KIND_NUMBER, false, 0, "Only the nth match, from 1."},
    {"probability", RUN_KIND_NUMBER, false, 0, "From 0 to 1, decided by the seed."},
};

static const struct run_member respond_members[] = {
    {"status", RUN_KIND_NUMBER, true, 0, "The status."},
    {"body", RUN_KIND_ANY, false, 0, "The body: an object is sent as JSON, a text as it is."},
    {"headers", RUN_KIND_FORM, false, 0, "Headers."},
};
static const struct run_member throttle_members[] = {
    {"retry_after", RUN_KIND_NUMBER, false, 0, "Seconds."},
};
static const struct run_member ms_members[] = {
    {"ms", RUN_KIND_NUMBER, true, 0, "Milliseconds."},
};
static const struct run_member truncate_members[] = {
    {"bytes", RUN_KIND_NUMBER, true, 0, "How many bytes of the body arrive."},
};
static const struct run_member slow_members[] = {
    {"bytes_per_second", RUN_KIND_NUMBER, true, 0, "How fast the body arrives."},
};
static const struct run_member person_members[] = {
    {"action", RUN_KIND_TEXT, true, 0, "actor/action: what somebody does just before the request is handled."},
    {"with", RUN_KIND_OBJECT, false, 0, "Its parameters."},
};

const struct run_fault_type run_fault_types[] = {
    {"respond", MEMBERS("the fault respond", respond_members)},
    {"throttle", MEMBERS("the fault throttle", throttle_members)},
    {"delay", MEMBERS("the fault delay", ms_members)},
    {"drop_before", {.of = "the fault drop_before"}},
    {"drop_after", {.of = "the fault drop_after"}},
    {"late", MEMBERS("the fault late", ms_members)},
    {"truncate", MEMBERS("the fault truncate", truncate_members)},
    {"malformed_json", {.of = "the fault malformed_json"}},
    {"slow_body", MEMBERS("the fault slow_body", slow_members)},
    {"duplicate", {.of = "the fault duplicate"}},
    {"person", MEMBERS("the fault person", person_members)},
};
/* clang-format on */

const size_t run_fault_type_count = ARRAY_LEN(run_fault_types);

const struct run_members run_scenario_members = MEMBERS("a scenario", scenario_members);
const struct run_members run_step_members = MEMBERS("a step", step_members);
const struct run_members run_expect_members = MEMBERS("an expectation", expect_members);
const struct run_members run_journal_members =
    MEMBERS("an expectation about the journal", journal_members);
const struct run_members run_rows_members = MEMBERS("an expectation about rows", rows_members);
const struct run_members run_mail_members = MEMBERS("an expectation about mail", mail_members);
const struct run_members run_restart_members = MEMBERS("a restart", restart_members);
const struct run_members run_fault_members = MEMBERS("a fault rule", fault_members);
const struct run_members run_fault_match_members =
    MEMBERS("the match of a fault rule", fault_match_members);

#define PARAMS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_PARAMS   ((const char *const[]){NULL})

/* Contract section 6, sorted as there. */
const struct run_operation run_operations[] = {
    {"setup.install-solution", PARAMS("package", "organization")},
    {"setup.register-application", PARAMS("name")},
    {"setup.grant-consent", PARAMS("application")},
    {"setup.add-secret", PARAMS("application", "description", "lifetime")},
    {"setup.remove-secret", PARAMS("application", "keyId")},
    {"setup.create-application-user",
     PARAMS("application", "email", "businessUnit", "organization")},
    {"setup.assign-role", PARAMS("user", "role", "organization")},
    {"setup.configure-marketo", PARAMS("user", "organization")},
    {"setup.publish", PARAMS("organization")},
    {"setup.connect", PARAMS("organizationUrl", "authMethod", "username", "clientId", "tenantId",
                             "clientSecret", "password", "confirm", "dryRun")},
    {"setup.select-fields", PARAMS("fields")},
    {"setup.enable", PARAMS("notificationEmail")},
    {"setup.disable", NO_PARAMS},
    {"setup", NULL},
    {"validate", PARAMS("organizationUrl", "authMethod", "username", "clientId", "tenantId",
                        "clientSecret", "password", "organization")},
    {"reauth", PARAMS("to", "organizationUrl", "authMethod", "username", "clientId", "tenantId",
                      "clientSecret", "password")},
    {"fields.list", PARAMS("entity", "fields", "range")},
    {"fields.refresh", PARAMS("entity", "fields", "range")},
    {"fields.quick-sync", PARAMS("entity", "fields", "range")},
    {"sync.once", PARAMS("organization")},
    {"sync.follow", PARAMS("for", "interval", "organization")},
    {"status", NO_PARAMS},
};

const size_t run_operation_count = ARRAY_LEN(run_operations);

static const char *const matchers[] = {"$any", "$contains", "$count", "$gt",
                                       "$lt",  "$match",    "$not"};
static const char *const mail_kinds[] = {"initial_sync_done", "quick_sync_done", "sync_down",
                                         "error_digest"};
static const char *const outcomes[] = {"done", "failed", "refused", "unreachable", "usage"};
static const char *const variants[] = {"repeat", "interrupt", "faults"};
static const char *const services[] = {"entra",     "aad",       "adfs",   "graph",
                                       "dataverse", "discovery", "marketo"};
static const char *const people[] = {"directory-admin",   "integration-app", "sync-user",
                                     "marketo-connector", "marketo-other",   "nobody"};
static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
static const char *const world_keys[] = {
    "base",
    "ca_file",
    "tenant_id",
    "tenant_domain",
    "authority",
    "client_id",
    "client_secret",
    "admin_client_id",
    "admin_client_secret",
    "username",
    "password",
    "app_user",
    "graph_url",
    "org_url",
    "org_host",
    "dataverse_api",
    "marketo_rest",
    "marketo_identity",
    "munchkin",
    "marketo_client_id",
    "marketo_client_secret",
    "marketo_other_client_id",
    "marketo_other_client_secret",
    "control",
    "pid",
    "seed",
    "world",
};

const struct run_words run_matchers = WORDS("a matcher", matchers);
const struct run_words run_outcomes = WORDS("an outcome", outcomes);
const struct run_words run_mail_kinds = WORDS("a kind of mail", mail_kinds);
const struct run_words run_variants = WORDS("a variant", variants);
const struct run_words run_services = WORDS("a service", services);
const struct run_words run_people = WORDS("a person", people);
const struct run_words run_methods = WORDS("a method", methods);
const struct run_words run_world_keys = WORDS("a key of the world", world_keys);

bool run_words_have(const struct run_words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->items[i], word) == 0) {
            return true;
        }
    }
    return false;
}

const struct run_member *run_member_find(const struct run_members *members, const char *name)
{
    for (size_t i = 0; i < members->count; i++) {
        if (strcmp(members->items[i].name, name) == 0) {
            return &members->items[i];
        }
    }
    return NULL;
}

const struct run_operation *run_operation_find(const char *name)
{
    for (size_t i = 0; i < run_operation_count; i++) {
        if (strcmp(run_operations[i].name, name) == 0) {
            return &run_operations[i];
        }
    }
    return NULL;
}

void run_did_you_mean(const char *word, const char *const *list, size_t count, char *ret,
                      size_t size)
{
    const char *near = str_nearest(word, list, count);

    ret[0] = '\0';
    if (near != NULL) {
        (void)snprintf(ret, size, ", did you mean \"%s\"?", near);
    }
}
