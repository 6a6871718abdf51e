/* crmsync setup: runs the operation, tells each step, and puts the new secret where it belongs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "config/secret.h"

static const struct {
    const char *name, *title;
} titles[] = {
    {"setup.register-application", "Register the application"},
    {"setup.grant-consent", "Grant admin consent for the tenant"},
    {"setup.add-secret", "Add a client secret"},
    {"setup.install-solution", "Install the solution"},
    {"setup.create-application-user", "Create the application user"},
    {"setup.assign-role", "Give it the role Marketo Sync User"},
    {"setup.configure-marketo", "Name it in Marketo Config"},
    {"setup.publish", "Publish all customizations"},
    {"setup.connect", "Enter the credentials in Marketo"},
    {"setup.select-fields", "Select the fields"},
    {"setup.enable", "Enable the sync"},
};

static const char *title_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        if (str_eq(titles[i].name, name)) {
            return titles[i].title;
        }
    }
    return name;
}

static const char *secret_file(const struct cli_session *session)
{
    return session->config.secrets[SYNC_SECRET_DYNAMICS_CLIENT].file;
}

static cJSON *parameters(struct cli_session *session, const struct cli_options *options, bool dry)
{
    const struct {
        const char *name, *value;
    } texts[] = {{"name", options->name},
                 {"description", options->description},
                 {"lifetime", options->lifetime},
                 {"confirm", options->confirm}};
    cJSON *with = json_new_object(&session->arena);

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (texts[i].value != NULL) {
            cJSON_AddStringToObject(with, texts[i].name, texts[i].value);
        }
    }
    if (dry) {
        cJSON_AddBoolToObject(with, "dryRun", true);
    }
    return with;
}

static void print_steps(const cJSON *result, bool dry)
{
    const cJSON *step, *application = json_get(result, "application"), *warning, *left;

    cJSON_ArrayForEach(step, json_get(result, "steps"))
    {
        bool done = str_eq(json_get_text(step, "outcome"), "done");
        bool changed = json_get_bool(step, "changed", false);

        printf("  [%s] %s%s\n",
               !done            ? "failed"
               : dry && changed ? " to do"
                                : "  done",
               title_of(json_get_text(step, "name")),
               !done || dry ? ""
               : changed    ? " (made now)"
                            : " (was there)");
    }
    cJSON_ArrayForEach(left, json_get(result, "remaining"))
    {
        printf("  [  left] %s: %s\n", title_of(json_get_text(left, "name")),
               json_get_text(left, "why"));
    }
    if (application != NULL) {
        printf("\n  Application (client) ID  %s\n  Directory (tenant) ID    %s\n",
               json_get_text(application, "appId"), json_get_text(application, "tenantId"));
    }
    cJSON_ArrayForEach(warning, json_get(application, "warnings"))
    {
        printf("\n  Warning: %s\n", cJSON_GetStringValue(warning));
    }
}

/* Writes the secret beside its file and renames it over, so that no half of one is ever there. */
static bool write_secret(struct cli_session *session, const char *secret)
{
    const char *path = secret_file(session);
    char *beside = arena_printf(&session->arena, "%s.new", path);
    size_t len = strlen(secret);
    int fd;
    bool ok;

    (void)unlink(beside);
    fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ok = fd >= 0 && write(fd, secret, len) == (ssize_t)len && write(fd, "\n", 1) == 1 &&
         fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    ok = ok && rename(beside, path) == 0;
    if (!ok) {
        cli_complain("the secret could not be written", strerror(errno),
                     "Make the folder writable, then run crmsync setup --new-secret: the value of "
                     "this one is lost.");
    }
    return ok;
}

/* Puts the new secret where it belongs and takes its value out of the result. */
static bool keep_secret(struct cli_session *session, cJSON *secret)
{
    cJSON *item = json_get(secret, "secretText");
    char *text = cJSON_GetStringValue(item);
    bool ok = true;

    if (text == NULL) {
        return true;
    }
    if (secret_file(session) != NULL) {
        ok = write_secret(session, text);
    } else {
        printf("\n  The secret's value, shown only now: %s\n", text);
        fflush(stdout);
    }
    mem_wipe(text, strlen(text));
    cJSON_DeleteItemFromObjectCaseSensitive(secret, "secretText");
    return ok;
}

static void print_secret(const struct cli_session *session, const cJSON *secret)
{
    printf("\n  Secret ID                %s\n  valid until              %s\n",
           json_get_text(secret, "keyId"), json_get_text(secret, "endDateTime"));
    if (secret_file(session) != NULL) {
        printf("  its value is in          %s\n", secret_file(session));
    }
    if (cJSON_IsFalse(json_get(secret, "verified"))) {
        printf("  The sign-in service does not know it yet; that takes up to a minute or two.\n");
    }
}

/* Whether a new secret can be kept: it exists only once, so this is asked before it is made. */
static bool can_keep(const struct cli_session *session)
{
    const char *path = secret_file(session), *slash;
    AUTO(arena) arena = {0};

    if (path == NULL) {
        if (isatty(STDOUT_FILENO)) {
            return true;
        }
        cli_complain("a client secret has to be made, and there is no place for its value",
                     "The configuration names no file for it and this is no terminal.",
                     "Set secrets[\"dynamics.clientSecret\"] to {\"file\": \"dynamics.secret\"}.");
        return false;
    }
    slash = strrchr(path, '/');
    if (access(slash == NULL   ? "."
               : slash == path ? "/"
                               : arena_dup(&arena, path, (size_t)(slash - path)),
               W_OK) == 0) {
        return true;
    }
    cli_complain("a client secret has to be made, and its file cannot be written", strerror(errno),
                 "Make the folder of that file writable, or name another file.");
    return false;
}

/* Whether a dry run says that a step has something to do. */
static bool has_to(const cJSON *result, const char *name)
{
    const cJSON *step;

    cJSON_ArrayForEach(step, json_get(result, "steps"))
    {
        if (str_eq(json_get_text(step, "name"), name)) {
            return json_get_bool(step, "changed", false);
        }
    }
    return false;
}

/* The irreversible step: the person types what it is that he binds Marketo to. */
static void ask_confirmation(struct cli_session *session, struct cli_options *options,
                             const cJSON *result)
{
    const cJSON *organization = json_get(result, "organization");
    const char *host = json_get_text(organization, "host");
    const char *name = json_get_text(organization, "name");
    char *typed;

    if (options->confirm != NULL || !session->may_prompt || !has_to(result, "setup.connect")) {
        return;
    }
    host = host != NULL ? host : session->config.dynamics.organization;
    printf("\n  Connecting binds this Marketo subscription to %s%s%s%s for ever:\n"
           "  only a new subscription could undo it.\n",
           host, name != NULL ? " (" : "", name != NULL ? name : "", name != NULL ? ")" : "");
    fflush(stdout);
    typed = cli_ask("  Type the organization's host to go on", false);
    options->confirm = arena_strdup(&session->arena, typed);
    mem_free(typed);
}

/* What a person still has to know when nothing was made. */
static void warn_lost_value(const struct cli_session *session)
{
    struct sync_problem ignored;
    char *value = NULL;

    if (sync_secret_find(&session->config, SYNC_SECRET_DYNAMICS_CLIENT, &value, &ignored) &&
        value == NULL) {
        printf("\n  A secret that was made earlier is valid, but its value is not at hand. If it "
               "is lost:\n  crmsync setup --new-secret\n");
    }
    sync_secret_free(value);
}

/* What the configuration should say about the application that was found or made. */
static void print_advice(const struct cli_session *session, const cJSON *result)
{
    const char *configured = session->config.dynamics.client_id;
    const char *found = json_get_text(json_get(result, "application"), "appId");

    if (configured == NULL) {
        printf("\n  Put this into the configuration: \"dynamics\": { \"clientId\": \"%s\" }\n",
               found);
    } else if (!str_ieq(configured, found)) {
        printf("\n  Warning: dynamics.clientId names another application (%s).\n", configured);
    }
}

/* `dry`: the result is that of a look, in which nothing was made. */
static int finish(struct cli_session *session, const struct cli_options *options, cJSON *result,
                  enum crmsync_outcome outcome, bool dry)
{
    cJSON *secret = json_get(result, "secret");
    bool kept = keep_secret(session, secret);

    if (outcome != CRMSYNC_DONE) {
        if (!options->json) {
            print_steps(result, dry);
        }
        cli_complain_result(options, "setup", result);
        return (int)outcome;
    }
    if (options->json) {
        cli_print_json(result);
    } else {
        print_steps(result, false);
        if (secret != NULL) {
            print_secret(session, secret);
        } else {
            warn_lost_value(session);
        }
        print_advice(session, result);
    }
    return kept ? CRMSYNC_DONE : CRMSYNC_FAILED;
}

/* Adds a secret to the application that setup has found, whatever others there are. */
static enum crmsync_outcome add_secret(struct cli_session *session,
                                       const struct cli_options *options, cJSON **result)
{
    cJSON *with = parameters(session, options, false), *secret;
    enum crmsync_outcome outcome;

    cJSON_DeleteItemFromObjectCaseSensitive(with, "name");
    cJSON_DeleteItemFromObjectCaseSensitive(with, "confirm");
    cJSON_AddStringToObject(with, "application",
                            json_get_text(json_get(*result, "application"), "id"));
    if (options->description == NULL) {
        cJSON_AddStringToObject(with, "description", "crmsync");
    }
    outcome = cli_session_call(session, "setup.add-secret", with, &secret);
    if (outcome == CRMSYNC_DONE) {
        cJSON_AddItemToObject(*result, "secret", cJSON_Duplicate(secret, true));
    } else {
        *result = secret;
    }
    return outcome;
}

int cli_setup(const struct cli_command *command, const struct cli_options *given)
{
    AUTO(cli_session) session = {0};
    struct cli_options copy = *given, *options = &copy;
    enum crmsync_outcome outcome;
    cJSON *result;
    int status;

    if (!cli_session_open(options, &session, &status)) {
        return status;
    }
    outcome =
        cli_session_call(&session, command->name, parameters(&session, options, true), &result);
    if (outcome != CRMSYNC_DONE) {
        return finish(&session, options, result, outcome, true);
    }
    if (options->dry_run) {
        if (options->json) {
            cli_print_json(result);
        } else {
            print_steps(result, true);
        }
        return CRMSYNC_DONE;
    }
    if ((options->new_secret || has_to(result, "setup.add-secret")) && !can_keep(&session)) {
        return CRMSYNC_USAGE;
    }
    ask_confirmation(&session, options, result);
    outcome =
        cli_session_call(&session, command->name, parameters(&session, options, false), &result);
    if (outcome == CRMSYNC_DONE && options->new_secret && json_get(result, "secret") == NULL) {
        outcome = add_secret(&session, options, &result);
    }
    return finish(&session, options, result, outcome, false);
}
